package account

import "errors"

// Code is the machine's name of a refusal; the sentence for a person is in Error.
type Code string

// The refusals.
const (
	CodeSignInFailed  Code = "sign_in_failed" // wrong address, wrong password or a locked account: never told apart
	CodeNoAuthority   Code = "no_authority"   // signed in, but not an active member with admin authority
	CodeSignedOut     Code = "signed_out"     // the admin's own session has ended meanwhile
	CodeUnknownMember Code = "unknown_member" // nobody by this address, login ID or id
	CodeSelf          Code = "self"           // an admin's own row
	CodeDeleted       Code = "deleted"        // deleted is final
	CodeSSO           Code = "sso"            // with SSO only members with admin authority have a password
	CodeNoForm        Code = "no_form"        // no valid token, or not a login ID member
	CodeNoMail        Code = "no_mail"        // nothing to send again
	CodeWeakPassword  Code = "weak_password"  // the password policy refuses it
	CodeVoidCode      Code = "void_code"      // a set-password code that does not work: never told why
	CodeSuspended     Code = "suspended"      // a code that works once the member is active again
	CodeAuditBroken   Code = "audit_broken"   // the audit log was tampered with
	CodeInvalid       Code = "invalid"        // an argument breaks a rule
	CodeTaken         Code = "taken"          // the address or login ID belongs to another member
	CodeConflict      Code = "conflict"       // another admin changed it meanwhile
	CodeBadRows       Code = "bad_rows"       // rows of a file that cannot be taken
)

// Error is a refusal that a person may see: what is wrong, and what to do next. Every other error of this package is a
// failure of the system, to be wrapped with what was being done.
type Error struct {
	Code    Code
	Message string // one sentence: what is wrong
	Hint    string // one sentence: what to do next; may be empty
}

// Error gives the sentence and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " " + e.Hint
}

// Is makes errors.Is compare refusals by their code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf gives the code of the refusal in err, or "" when err is a failure of the system.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// ErrNotFound is what a Reader answers for a record that is not there.
var ErrNotFound = errors.New("no such record")
