package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"rekey/member"
)

// Import is a file of members that is to be taken in: all of it, or nothing.
type Import struct {
	// Rows gives the file's rows from the first one, each time it is called: a file is gone through more than once. An
	// error is of reading; what is wrong with a row stands in the row.
	Rows   func() iter.Seq2[Row, error]
	Source string // where the members come from, for the audit log
	Update bool   // change the members who are there already; otherwise they are problems

	// What a caller may be told on the way; each may be nil.
	Progress func(rows int)                                           // after each batch, the rows gone through so far
	Problem  func(RowError)                                           // each problem of each row, in the order of the lines
	Changed  func(line int, m member.Member, changes []member.Change) // each member who is there and changes
}

// Row is one row of a file of members.
type Row struct {
	Line     int            // of the file, from 1
	Member   member.Member  // without an ID; an empty search name or a status of 0 is left to be chosen
	Given    []member.Field // what the file has columns for, the same for all its rows
	Problems []RowError     // why the row cannot be taken; empty: by itself it can
}

// A RowError says what is wrong in one row. Its texts are harmless in a terminal.
type RowError struct {
	Line   int          // of the file, from 1; where the cell begins, or its row
	Column member.Field // empty: the row as a whole
	Value  string       // what stands in the cell, cleaned and cut; may be empty
	Reason string       // a sentence without its full stop
}

// Error gives the place, the value and the reason on one line.
func (e RowError) Error() string {
	switch {
	case e.Column == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	case e.Value == "":
		return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Reason)
	}
	return fmt.Sprintf("line %d, %s %q: %s", e.Line, e.Column, e.Value, e.Reason)
}

// ImportCount is what an import will do, or has done, in numbers of members.
type ImportCount struct {
	Rows      int // gone through
	Bad       int // rows that cannot be taken; one is enough for nothing to be taken
	Taken     int // of the bad ones, those whose account a member has already: with Update they are changes
	New       int
	Changed   int
	Unchanged int

	// Of the new ones:
	Invited   int // by mail
	Forms     int // login ID members, who have an Account Information PDF now
	Uninvited int // active email address members who can have a password, but to whom nobody sends a link
}

// importBatch is how many rows are looked at in one transaction, and after how many progress is told.
const importBatch = 1000

// PreviewImport goes through the file and says what Import would do. It changes nothing. Rows that cannot be taken are
// counted and told, not an error.
func (s *Service) PreviewImport(ctx context.Context, admin Admin, im Import) (ImportCount, error) {
	now := s.clock()
	var total ImportCount
	for batch, err := range ahead(batches(im.Rows(), importBatch)) {
		if err != nil {
			return total, err
		}
		var seen ImportCount
		var told []func()
		err := s.store.View(ctx, func(r Reader) error {
			seen, told = ImportCount{}, nil
			if err := s.authorize(r, admin, now); err != nil {
				return err
			}
			set, err := r.Settings()
			if err != nil {
				return err
			}
			for _, row := range batch {
				v, err := im.judge(r, set, admin, row)
				if err != nil {
					return err
				}
				seen.add(v)
				told = append(told, im.tellers(row, v)...)
			}
			return nil
		})
		if err != nil {
			return total, err
		}
		for _, tell := range told {
			tell()
		}
		total.plus(seen)
		im.progress(total.Rows)
	}
	return total, nil
}

// Import takes the file in: all of it in one transaction, or nothing and CodeBadRows, which names the first row that
// cannot be taken. A new email address member who is not active yet gets an invitation by mail; a new login ID member
// gets a set-password token, so that the form is there at once. It ends with the context's error when ctx ends.
func (s *Service) Import(ctx context.Context, admin Admin, im Import) (ImportCount, error) {
	now := s.clock()
	var done ImportCount
	err := s.store.Bulk(ctx, func(w Writer) error {
		done = ImportCount{}
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		set, err := w.Settings()
		if err != nil {
			return err
		}
		for batch, err := range ahead(batches(im.Rows(), importBatch)) {
			if err != nil {
				return err
			}
			for _, row := range batch {
				v, err := im.judge(w, set, admin, row)
				if err != nil {
					return err
				}
				if len(v.problems) > 0 {
					return badRow(v.problems[0])
				}
				if err := s.carryOut(w, set, admin, im, v, now); err != nil {
					return err
				}
				done.add(v)
			}
			im.progress(done.Rows)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		if done.New+done.Changed == 0 {
			return nil
		}
		return s.record(w, Record{At: now, Event: EventImport, Actor: admin.ID, Details: []Detail{
			{"source", im.Source}, {"added", itoa(done.New)}, {"changed", itoa(done.Changed)}, {"unchanged", itoa(done.Unchanged)},
			{"invited", itoa(done.Invited)}, {"forms", itoa(done.Forms)}}})
	})
	if err != nil {
		return ImportCount{}, err
	}
	im.progress(done.Rows)
	return done, nil
}

// sentencePart makes of a refusal's sentence a reason, as it stands in a list.
func sentencePart(e *Error) string {
	return strings.ToLower(e.Message[:1]) + strings.TrimSuffix(e.Message[1:], ".")
}

func badRow(first RowError) error {
	return &Error{CodeBadRows, "Nobody was added or changed: a row cannot be taken (" + first.Error() + ").", "Correct the file and import it again."}
}

func (im Import) progress(rows int) {
	if im.Progress != nil {
		im.Progress(rows)
	}
}

// verdict is what is to become of a row.
type verdict struct {
	before   member.Member // ID 0: the member is new
	after    member.Member
	changes  []member.Change // of a member who is there
	problems []RowError
	taken    bool // the only problem is that a member has the account already
	means    means
	password bool // a new member can have one
}

// means is how a new member comes to a first password.
type means int

const (
	byNothing means = iota // suspended, active without an invitation, or without a password because of single sign-on
	byMail
	byForm
)

// judge decides about a row, within a transaction.
func (im Import) judge(r Reader, set Settings, admin Admin, row Row) (verdict, error) {
	if len(row.Problems) > 0 {
		return verdict{problems: row.Problems}, nil
	}
	before, err := accountHolder(r, row.Member)
	switch {
	case errors.Is(err, ErrNotFound):
		return newcomer(set, row), nil
	case err != nil:
		return verdict{}, err
	case !im.Update:
		return verdict{taken: true, problems: []RowError{row.about(row.Member.AccountField(), row.Member.Account(),
			fmt.Sprintf("it belongs to a member already (%v)", before.ID))}}, nil
	}
	v := verdict{before: before, after: row.over(before)}
	v.changes = member.Changes(before, v.after)
	v.problems = row.broken(v.after)
	if reason := refuseImported(admin, before, v.after.Status); reason != "" {
		v.problems = append(v.problems, row.about(member.FieldStatus, itoa(int(v.after.Status)), reason))
	}
	return v, nil
}

// refuseImported says why a file cannot give this member the status, or "".
func refuseImported(admin Admin, m member.Member, status member.Status) string {
	if status == m.Status || !status.Valid() { // Validate refuses what is none
		return ""
	}
	if status == member.Deleted {
		return "members are deleted one at a time, in the console"
	}
	if refusal := RefuseStatus(admin, m, status); refusal != nil {
		return sentencePart(refusal)
	}
	return ""
}

// accountHolder finds the member who has the account of m: an email address, or a login ID.
func accountHolder(r Reader, m member.Member) (member.Member, error) {
	if m.Type() == member.LoginID {
		return r.MemberByLoginID(m.LoginID)
	}
	return r.MemberByEmail(m.Email)
}

// newcomer decides about a member who is not there yet.
func newcomer(set Settings, row Row) verdict {
	m := complete(row.Member)
	v := verdict{after: m, means: meansFor(set, m), password: set.givesPassword(m), problems: row.broken(m)}
	switch refusal := refuseValid(set, m); {
	case len(v.problems) > 0:
	case m.Status == member.Deleted:
		v.problems = []RowError{row.about(member.FieldStatus, "4", "a new member cannot be deleted already")}
	case refusal != nil:
		v.problems = []RowError{row.about(m.AccountField(), m.Account(), sentencePart(refusal))}
	}
	return v
}

// complete gives a new member what may be left out.
func complete(m member.Member) member.Member {
	if m.Status == 0 {
		m.Status = member.Inviting
	}
	if m.SearchName == "" {
		m.SearchName = member.DefaultSearchName(m.Account())
	}
	return m
}

// over lays what the file gives over a member who is there. An empty search name and an empty status leave what is
// there, and so does an account in other capitals.
func (row Row) over(m member.Member) member.Member {
	for _, f := range row.Given {
		switch f {
		case member.FieldName:
			m.Name = row.Member.Name
		case member.FieldSearchName:
			m.SearchName = cmp.Or(row.Member.SearchName, m.SearchName)
		case member.FieldEmployeeNumber:
			m.EmployeeNumber = row.Member.EmployeeNumber
		case member.FieldEmploymentType:
			m.EmploymentType = row.Member.EmploymentType
		case member.FieldDepartments:
			m.Departments = slices.Clone(row.Member.Departments)
		case member.FieldPosition:
			m.Position = row.Member.Position
		case member.FieldStatus:
			m.Status = cmp.Or(row.Member.Status, m.Status)
		}
	}
	return m
}

// broken lists the rules that m breaks, whom the row makes.
func (row Row) broken(m member.Member) []RowError {
	var problems []RowError
	for _, b := range m.Validate() {
		problems = append(problems, row.about(b.Field, b.Value, b.Reason))
	}
	return problems
}

func (row Row) about(column member.Field, value, reason string) RowError {
	return RowError{Line: row.Line, Column: column, Value: member.Clean(value), Reason: reason}
}

func (c *ImportCount) add(v verdict) {
	c.Rows++
	switch {
	case len(v.problems) > 0:
		c.Bad++
		if v.taken {
			c.Taken++
		}
	case v.before.ID != 0 && len(v.changes) > 0:
		c.Changed++
	case v.before.ID != 0:
		c.Unchanged++
	default:
		c.New++
		switch {
		case v.means == byMail:
			c.Invited++
		case v.means == byForm:
			c.Forms++
		case v.after.Status == member.Active && v.password:
			c.Uninvited++
		}
	}
}

func (c *ImportCount) plus(o ImportCount) {
	c.Rows += o.Rows
	c.Bad += o.Bad
	c.Taken += o.Taken
	c.New += o.New
	c.Changed += o.Changed
	c.Unchanged += o.Unchanged
	c.Invited += o.Invited
	c.Forms += o.Forms
	c.Uninvited += o.Uninvited
}

// tellers are the calls that tell of a row, to be made when its transaction is over.
func (im Import) tellers(row Row, v verdict) []func() {
	var calls []func()
	if im.Problem != nil {
		for _, p := range v.problems {
			calls = append(calls, func() { im.Problem(p) })
		}
	}
	if im.Changed != nil && len(v.changes) > 0 && len(v.problems) == 0 {
		line, before, changes := row.Line, v.before, v.changes
		calls = append(calls, func() { im.Changed(line, before, changes) })
	}
	return calls
}

// carryOut does what was decided about a row.
func (s *Service) carryOut(w Writer, set Settings, admin Admin, im Import, v verdict, now time.Time) error {
	switch {
	case v.before.ID == 0:
		_, err := s.add(w, set, v.after, admin.ID, now)
		return err
	case len(v.changes) == 0:
		return nil
	}
	return s.alter(w, v.before, v.after, admin.ID, now, Detail{"source", im.Source})
}

// batches gathers what rows gives into slices of at most size.
func batches[T any](rows iter.Seq2[T, error], size int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		batch := make([]T, 0, size)
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, row); len(batch) < size {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			batch = make([]T, 0, size)
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}
