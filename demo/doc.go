// Package demo makes up a team, so that a newcomer has members to look at and to reset. The same seed gives the same
// team on every machine and with every version of Go: the generator is PCG by name, and everything is drawn from its
// 64-bit numbers with arithmetic of this package. Addresses are on domains reserved for examples (RFC 2606 and the
// registry of .jp); every name is put together at random.
package demo
