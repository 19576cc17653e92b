// Package store keeps members, credentials, tokens, sessions, mails, settings and the audit log in one bbolt file. It
// implements account.Store, and is the only package that knows bbolt.
//
// A domain layer (one file per noun) speaks to a small key-value seam (engine.go) that bolt.go implements. The bytes of
// the file are specified in format.md.
//
// Several processes share the file: each transaction opens it, locks it and closes it again, so a Store holds no file
// descriptor between operations and needs no Close. Limits: one transaction writes at most 128 keys and 1 MiB, except
// through Bulk, for a large one of which there has to be room for a copy of the file; a record is at most 1 MiB; flock
// has to work on the file system (it does on local ones).
package store
