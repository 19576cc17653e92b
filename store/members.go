package store

import (
	"errors"
	"fmt"
	"slices"

	"rekey/account"
	"rekey/member"
)

type memberRecord struct {
	_              struct{} `cbor:",toarray"`
	Email          string
	LoginID        string
	Name           string
	SearchName     string
	EmployeeNumber string
	EmploymentType string
	Departments    []string
	Position       string
	Status         uint8
	Admin          bool
}

// memberVersion is the version of memberRecord's layout.
var memberVersion = versionOf(memberRecord{})

func newMemberRecord(m member.Member) memberRecord {
	return memberRecord{
		Email:          m.Email,
		LoginID:        m.LoginID,
		Name:           m.Name,
		SearchName:     m.SearchName,
		EmployeeNumber: m.EmployeeNumber,
		EmploymentType: m.EmploymentType,
		Departments:    m.Departments,
		Position:       m.Position,
		Status:         uint8(m.Status),
		Admin:          m.Admin,
	}
}

func (rec memberRecord) member(id member.ID) member.Member {
	m := member.Member{
		ID:             id,
		Email:          rec.Email,
		LoginID:        rec.LoginID,
		Name:           rec.Name,
		SearchName:     rec.SearchName,
		EmployeeNumber: rec.EmployeeNumber,
		EmploymentType: rec.EmploymentType,
		Departments:    rec.Departments,
		Position:       rec.Position,
		Status:         member.Status(rec.Status),
		Admin:          rec.Admin,
	}
	if len(m.Departments) == 0 {
		m.Departments = nil
	}
	return m
}

func decodeMember(p pair) (member.Member, error) {
	id, err := parseNumber[member.ID](membersBucket, p.key)
	if err != nil {
		return member.Member{}, err
	}
	version, body, err := unsealed(membersBucket, p.key, p.value)
	if err != nil {
		return member.Member{}, err
	}
	rec, ok := decodeFast(body)
	if version == memberVersion && ok {
		return rec.member(id), nil
	}
	rec = memberRecord{}
	if err := open(membersBucket, p.key, p.value, &rec); err != nil {
		return member.Member{}, err
	}
	return rec.member(id), nil
}

// accountKey is a place in the index of addresses or in that of login IDs.
type accountKey struct {
	bucket bucket
	folded string
}

func (k accountKey) String() string {
	if k.bucket == emailsBucket {
		return "email address"
	}
	return "login ID"
}

// accountKeys are the index entries of m. A deleted member has none, so that another can have the address.
func accountKeys(m member.Member) []accountKey {
	var keys []accountKey
	if m.Status == member.Deleted {
		return keys
	}
	if m.Email != "" {
		keys = append(keys, accountKey{emailsBucket, member.FoldAccount(m.Email)})
	}
	if m.LoginID != "" {
		keys = append(keys, accountKey{loginIDsBucket, member.FoldAccount(m.LoginID)})
	}
	return keys
}

// Member gives a member of any status.
func (r *reader) Member(id member.ID) (member.Member, error) {
	rec, err := load[memberRecord](r, membersBucket, number(id))
	if err != nil {
		return member.Member{}, err
	}
	return rec.member(id), nil
}

// MemberByEmail gives the member with an email address, in any case. It finds no deleted members.
func (r *reader) MemberByEmail(address string) (member.Member, error) {
	return r.memberBy(accountKey{emailsBucket, member.FoldAccount(address)})
}

// MemberByLoginID gives the member with a login ID, in any case. It finds no deleted members.
func (r *reader) MemberByLoginID(loginID string) (member.Member, error) {
	return r.memberBy(accountKey{loginIDsBucket, member.FoldAccount(loginID)})
}

func (r *reader) memberBy(k accountKey) (member.Member, error) {
	id, err := r.owner(k)
	if err != nil {
		return member.Member{}, err
	}
	if id == 0 {
		return member.Member{}, account.ErrNotFound
	}
	m, err := r.Member(id)
	if m, err = loadIndexed(r, k.bucket, m, err); err != nil {
		return member.Member{}, err
	}
	// Index entries have no checksum. Taking one member for another would be worse than any other damage.
	if !slices.Contains(accountKeys(m), k) {
		return member.Member{}, r.fail(damaged("an entry of %q points to another member", k.bucket))
	}
	return m, nil
}

// owner is the member who has an address or login ID, or 0.
func (r *reader) owner(k accountKey) (member.ID, error) {
	if k == r.unowned && r.failure == nil {
		return 0, nil
	}
	value, err := r.get(k.bucket, []byte(k.folded))
	if err != nil {
		return 0, err
	}
	if value == nil {
		r.unowned = k
		return 0, nil
	}
	id, err := parseNumber[member.ID](k.bucket, value)
	if err != nil {
		return 0, r.fail(err)
	}
	return id, nil
}

// AnyLoginID reports whether there is a login ID member who has not been deleted.
func (r *reader) AnyLoginID() (bool, error) {
	first, err := page(r, loginIDsBucket, nil, nil, 1, func(p pair) (pair, error) { return p, nil })
	return len(first) > 0, err
}

// Members gives a page of the members of every status, in the order of their ids.
func (r *reader) Members(after member.ID, limit int) ([]member.Member, error) {
	if r.failure != nil {
		return nil, r.failure
	}
	members := make([]member.Member, 0, limit)
	err := r.tx.each(membersBucket, nil, numberOrNil(after), limit, func(p pair) error {
		m, err := decodeMember(p)
		members = append(members, m)
		return err
	})
	if err != nil {
		return nil, r.fail(err)
	}
	return members, nil
}

// PutMember writes a member and the index entries.
func (w *writer) PutMember(m member.Member) (member.ID, error) {
	old, err := w.replaced(&m)
	if err != nil {
		return 0, err
	}
	if err := w.index(m.ID, accountKeys(old), accountKeys(m)); err != nil {
		return 0, err
	}
	return m.ID, w.save(membersBucket, number(m.ID), newMemberRecord(m))
}

// replaced gives the member as it was, or, for a new one, sets its ID.
func (w *writer) replaced(m *member.Member) (old member.Member, err error) {
	if m.ID == 0 {
		id, err := w.next(memberCounter)
		m.ID = member.ID(id)
		return old, err
	}
	old, err = w.Member(m.ID)
	if errors.Is(err, account.ErrNotFound) {
		return old, w.fail(fmt.Errorf("changing member %v, who does not exist", m.ID))
	}
	return old, err
}

// index replaces a member's index entries.
func (w *writer) index(id member.ID, old, now []accountKey) error {
	for _, k := range old {
		if slices.Contains(now, k) {
			continue
		}
		if err := w.delete(k.bucket, []byte(k.folded)); err != nil {
			return err
		}
	}
	for _, k := range now {
		if slices.Contains(old, k) {
			continue
		}
		owner, err := w.owner(k)
		if err != nil {
			return err
		}
		if owner != 0 {
			return w.fail(taken(k))
		}
		w.unowned = accountKey{}
		if err := w.put(k.bucket, []byte(k.folded), number(id)); err != nil {
			return err
		}
	}
	return nil
}

func taken(k accountKey) error {
	return &account.Error{
		Code:    account.CodeTaken,
		Message: fmt.Sprintf("The %v %s belongs to another member.", k, member.Clean(k.folded)),
		Hint:    fmt.Sprintf("Use another %v, or look that member up first.", k),
	}
}
