// Command bench measures how fast rekey is, and prints one Markdown table: the figure, rekey's value, the anchor's, their
// ratio, the goal, and whether it is met.
//
//	go run ./bench                  # everything, at 10k, 100k and 1M members
//	go run ./bench --quick          # a look, at 10k
//	go run ./bench --only filter    # the figures whose names match
//
// A time by itself says more of the machine than of the program. So every time stands beside an anchor, which is the
// least work that could do the job, or another program that does it: both are measured in the same minute, in turns, and
// the medians are compared. What is counted (bytes, sizes) needs no anchor.
//
// Made-up teams are kept between runs, in the user's cache directory unless --data names another.
package main
