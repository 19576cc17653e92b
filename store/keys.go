package store

import (
	"encoding/binary"
	"time"
)

// The buckets; format.md says what each holds.
const (
	metaBucket           bucket = "meta"
	membersBucket        bucket = "members"
	emailsBucket         bucket = "emails"
	loginIDsBucket       bucket = "login_ids"
	credentialsBucket    bucket = "credentials"
	lockoutsBucket       bucket = "lockouts"
	tokensBucket         bucket = "tokens"
	sessionsBucket       bucket = "sessions"
	memberSessionsBucket bucket = "member_sessions"
	mailsBucket          bucket = "mails"
	mailDueBucket        bucket = "mail_due"
	auditBucket          bucket = "audit"
	memberAuditBucket    bucket = "member_audit"
)

func allBuckets() []bucket {
	return []bucket{
		metaBucket, membersBucket, emailsBucket, loginIDsBucket, credentialsBucket, lockoutsBucket, tokensBucket,
		sessionsBucket, memberSessionsBucket, mailsBucket, mailDueBucket, auditBucket, memberAuditBucket,
	}
}

const numberSize = 8

// number makes a key of n: big-endian, so that the order of keys is the order of numbers.
func number[N ~uint64](n N) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// numbers makes a key of two numbers, ordered by the first, then the second.
func numbers[M, N ~uint64](m M, n N) []byte {
	return binary.BigEndian.AppendUint64(number(m), uint64(n))
}

// parseNumber reads a key or an index value that number made.
func parseNumber[N ~uint64](b bucket, key []byte) (N, error) {
	if len(key) != numberSize {
		return 0, damaged("an entry of %q has a length of %d", b, len(key))
	}
	return N(binary.BigEndian.Uint64(key)), nil
}

// lastNumber reads the second number of a key that numbers made.
func lastNumber[N ~uint64](b bucket, key []byte) (N, error) {
	if len(key) != 2*numberSize {
		return 0, damaged("an entry of %q has a length of %d", b, len(key))
	}
	return parseNumber[N](b, key[numberSize:])
}

// numberOrNil is the key that a page goes on from, or nil, for a page from the start, if n is 0, which numbers no record.
func numberOrNil[N ~uint64](n N) []byte {
	if n == 0 {
		return nil
	}
	return number(n)
}

// dueKey orders times, also those before 1970, as numbers.
func dueKey(t time.Time) uint64 { return uint64(nanoseconds(t)) ^ 1<<63 }
