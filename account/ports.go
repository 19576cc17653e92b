package account

import (
	"context"
	"iter"
	"time"

	"rekey/member"
)

// Store keeps what this package decides. Each call is one transaction: all of it is kept or nothing.
//
// The functions given to View, Update and Bulk may be run again from the start (an engine with optimistic transactions does
// so on a conflict): they must have no effect but through the Reader and the Writer.
type Store interface {
	View(ctx context.Context, fn func(Reader) error) error
	Update(ctx context.Context, fn func(Writer) error) error
	// Bulk is Update for very many writes: there is no limit to them, and memory does not grow with them.
	Bulk(ctx context.Context, fn func(Writer) error) error
	// ReadAhead brings what is stored nearer, for who is about to read all members. It ends at the latest when ctx does.
	ReadAhead(ctx context.Context)
	// Revision changes with every committed transaction of any process, and is cheap to ask for.
	Revision() (uint64, error)
}

// Reader reads within one transaction, from one consistent state. A record that is not there is ErrNotFound, but a
// member's Credential and Lockout, which every member has: they come back as zero values. Pages come in ascending
// order of the key after the one given, newest-first pages in descending order of the key before the one given (0:
// from the newest); a page shorter than limit is the last.
type Reader interface {
	Settings() (Settings, error)

	Member(member.ID) (member.Member, error)
	MemberByEmail(address string) (member.Member, error)   // in any case
	MemberByLoginID(loginID string) (member.Member, error) // in any case
	Members(after member.ID, limit int) ([]member.Member, error)

	// AnyLoginID reports whether there is a login ID member who has not been deleted.
	AnyLoginID() (bool, error)

	Credential(member.ID) (Credential, error)
	Lockout(member.ID) (Lockout, error)
	Lockouts(after member.ID, limit int) ([]Lockout, error) // only members with failures or a lock

	Token(Serial) (Token, error)
	Sessions(member.ID) ([]Session, error)
	Session(SessionHash) (Session, error)

	Mail(MailID) (Mail, error)
	Mails(before MailID, limit int) ([]Mail, error) // newest first
	// DueMail is the entry that a courier should look at first: the one with the earliest Due. ErrNotFound when none
	// waits.
	DueMail() (Mail, error)
	// Queue sums up what waits. It reads the queue's order and two of its mails, not all of them.
	Queue() (Queue, error)

	Audit(before AuditSeq, limit int) ([]Record, error)                     // newest first
	MemberAudit(of member.ID, before AuditSeq, limit int) ([]Record, error) // newest first
	AuditSeal() ([]byte, error)                                             // nil while there is no record
}

// Writer reads and writes within one transaction and sees its own writes. An error from any of its methods spoils the
// transaction: nothing of it is kept, whatever the function returns.
type Writer interface {
	Reader

	PutSettings(Settings) error

	// PutMember writes a member and keeps the indexes of addresses and login IDs. A member with ID 0 is new and is
	// given the next one. An address or login ID that belongs to another member is refused with CodeTaken.
	PutMember(member.Member) (member.ID, error)

	PutCredential(member.ID, Credential) error
	PutLockout(Lockout) error // a zero lockout removes the record

	NextSerial() (Serial, error)
	PutToken(Token) error

	PutSession(Session) error
	DeleteSession(Session) error

	// PutMail writes an entry and its place in the queue: while State is MailQueued the entry waits at its Due time.
	// An entry with ID 0 is new and is given the next one.
	PutMail(Mail) (MailID, error)

	// AppendAudit writes the record that follows the last one; its Seq must be one higher.
	AppendAudit(Record) error
	// PutAuditSeal replaces the seal over the end of the audit log.
	PutAuditSeal([]byte) error
}

// FormWriter makes Account Information PDFs from what was committed.
type FormWriter interface {
	// WriteForm writes the form to path, or, with an empty path, to its usual place, and says where.
	WriteForm(form Form, path string) (SavedForm, error)
	// WriteFormIn writes the form into a directory, under its usual name.
	WriteFormIn(form Form, dir string) (SavedForm, error)
	// WriteForms writes the forms as one document, a page each. With an error of forms, or without any form, nothing is
	// written; the latter is no error.
	WriteForms(forms iter.Seq2[Form, error], path string) (SavedForm, error)
	// Place makes a target definite: an empty path becomes the usual place. It refuses, with CodeInvalid, where nothing
	// can be written.
	Place(to FormTarget) (FormTarget, error)
}

// Clock tells the time. It is read once at the start of each operation.
type Clock func() time.Time
