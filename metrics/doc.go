// Package metrics tells monitoring what goes on, in the text format of Prometheus (version 0.0.4), which OpenMetrics
// collectors read as well.
//
// Consoles, kiosks and commands are other processes on the same store. So what happened is not counted where it happens:
// it is read from the audit log, from where the log ended when this process began. Counters begin at 0 then. Nothing that
// names a person is in it: labels hold fixed words only.
package metrics
