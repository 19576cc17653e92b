// Package tui is what runs in a terminal: the admin's console (sign in, find a member, reset the password, see that it
// arrives) and the member's kiosk (scan a form, set the password; the files kiosk*.go).
//
// Of the console only the root is a tea.Model. It owns the terminal's size, the stack of screens, the status line and the showing of
// errors. A screen is one file; it owns its keys and its commands. A command does one piece of work and answers with one
// reply, which carries its own error and the number of its request, so that an answer that comes too late is dropped.
//
// Whatever comes from a member's data, a mail server or an error goes through member.Clean before it is drawn, and
// widths are counted in terminal cells the way the canvas counts them.
package tui
