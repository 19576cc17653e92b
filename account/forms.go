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

// FormQuery is whose forms are wanted.
type FormQuery struct {
	Department string // the exact code; empty: of every department, and of none
}

func (q FormQuery) fits(m member.Member) bool {
	return q.Department == "" || slices.Contains(m.Departments, q.Department)
}

// FormTarget is where the forms of several members go.
type FormTarget struct {
	Document bool   // one document with a page a member; otherwise a file a member
	Path     string // of the document, or of the files' directory; empty: the usual place
}

// detail tells the target in the audit log.
func (t FormTarget) detail() Detail {
	if t.Document {
		return Detail{"document", t.Path}
	}
	return Detail{"directory", t.Path}
}

// SavedForms is what became of the forms of several members.
type SavedForms struct {
	Target    FormTarget  // its path is empty if there was nothing to write
	Members   int         // with a login ID, who were asked for
	Forms     int         // of them that work
	Saved     []member.ID // whose form was written, in the order of the pages
	Suspended int         // of those: the code works only once the member is active again
	Without   int         // members who have no form that works
	Accounts  []string    // the login IDs of the first hundred of them
	Missing   []rune      // characters that no font has, in ascending order; they are drawn as code points in boxes
}

// maxNamed is how many members without a form a result names.
const maxNamed = 100

// SaveForms writes the current forms of all members with a login ID whom q asks for, ordered by department, name and
// login ID: many may be downloaded at once, though none is reset. A suspended member's form is among them, as it can be
// downloaded by itself. Members without a form that works are counted and named, and no error; where nobody has one,
// nothing is written. It refuses with CodeSignedOut and CodeNoAuthority; with CodeInvalid a department that nobody is in,
// and a target where nothing can be written; with CodeNoForm where nobody has a login ID.
//
// progress, which may be nil, is told how many of the forms have been gone through. When writing fails or ctx ends, what
// has been written stays, each file whole, and a document not at all; the result and the error say how far it got, and the
// audit log which forms were not saved. The files are written one at a time; a document is held in memory.
func (s *Service) SaveForms(ctx context.Context, admin Admin, q FormQuery, to FormTarget, progress func(done, of int)) (SavedForms, error) {
	if s.forms == nil {
		return SavedForms{}, errNoFormWriter
	}
	wanted, result, err := s.findForms(ctx, admin, q)
	if err != nil || len(wanted) == 0 {
		return result, err
	}
	if result.Target, err = s.forms.Place(to); err != nil {
		return result, err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	run := formsRun{s, ctx, admin, q, wanted, &result, progress}
	if to.Document {
		err = run.document()
	} else {
		err = run.files()
	}
	slices.Sort(result.Missing)
	result.Missing = slices.Compact(result.Missing)
	return result, result.stopped(err)
}

// stopped adds to an error how far it got.
func (f SavedForms) stopped(err error) error {
	if err == nil {
		return nil
	}
	far := fmt.Sprintf("%d of %d forms were saved", len(f.Saved), f.Forms)
	if refusal, ok := errors.AsType[*Error](err); ok {
		return &Error{refusal.Code, far + ". " + refusal.Message, refusal.Hint}
	}
	return fmt.Errorf("%s: %w", far, err)
}

// holder is a member whose form is wanted, with what the order needs.
type holder struct {
	id                      member.ID
	department, name, login string
	works                   bool
}

// findForms looks who is asked for, and who of them has a form that works.
func (s *Service) findForms(ctx context.Context, admin Admin, q FormQuery) (works []holder, found SavedForms, err error) {
	now := s.clock()
	var all []holder
	departments := departmentCount{}
	for after, more := member.ID(0), true; more; {
		var page []member.Member
		var holders []holder
		err := s.store.View(ctx, func(r Reader) (err error) {
			holders = nil
			if err := s.authorize(r, admin, now); err != nil {
				return err
			}
			set, err := r.Settings()
			if err != nil {
				return err
			}
			if page, err = r.Members(after, memberPage); err != nil {
				return err
			}
			for _, m := range page {
				if !hasForms(m) || !q.fits(m) {
					continue
				}
				h, err := newHolder(r, set, q, m, now)
				if err != nil {
					return err
				}
				holders = append(holders, h)
			}
			return nil
		})
		if err != nil {
			return nil, found, err
		}
		for _, m := range page {
			after = m.ID
			departments.add(m)
		}
		all = append(all, holders...)
		more = len(page) == memberPage
	}
	if len(all) == 0 {
		return nil, found, refuseNobody(q, departments)
	}
	slices.SortFunc(all, holder.compare)
	found.Members = len(all)
	for _, h := range all {
		if h.works {
			works = append(works, h)
		} else {
			found.without(h.login)
		}
	}
	found.Forms = len(works)
	return works, found, nil
}

func (f *SavedForms) without(login string) {
	f.Without++
	if len(f.Accounts) < maxNamed {
		f.Accounts = append(f.Accounts, login)
	}
}

// hasForms reports whether a member's password is set with a form.
func hasForms(m member.Member) bool { return m.Type() == member.LoginID && m.Status != member.Deleted }

func newHolder(r Reader, set Settings, q FormQuery, m member.Member, now time.Time) (holder, error) {
	h := holder{id: m.ID, name: fold(m.Name), login: m.LoginID}
	if q.Department == "" {
		h.department = fold(strings.Join(m.Departments, " "))
	}
	_, err := validToken(r, set, m, now)
	h.works = err == nil
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return h, err
}

// compare orders members as the forms are handed out: those of no department come last.
func (h holder) compare(o holder) int {
	return cmp.Or(cmp.Compare(boolInt(h.department == ""), boolInt(o.department == "")), strings.Compare(h.department, o.department),
		strings.Compare(h.name, o.name), strings.Compare(h.login, o.login), cmp.Compare(h.id, o.id))
}

// Department is a department with the number of its members who have a login ID.
type Department struct {
	Code    string
	Members int
}

// departmentCount counts the members with a login ID by department; the code "" counts them all.
type departmentCount map[string]int

func (c departmentCount) add(m member.Member) {
	if !hasForms(m) {
		return
	}
	c[""]++
	for i, code := range m.Departments {
		if code != "" && !slices.Contains(m.Departments[:i], code) {
			c[code]++
		}
	}
}

// list gives the departments by their codes; the first is "", everybody.
func (c departmentCount) list() []Department {
	list := []Department{{"", c[""]}}
	for code, n := range c {
		if code != "" {
			list = append(list, Department{code, n})
		}
	}
	slices.SortFunc(list, func(a, b Department) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// FormDepartments gives the work of listing the departments of the members with a login ID by their codes, which may be
// done in another goroutine: most of a second for a million members. The first has no code: it counts all of these
// members, those without a department as well.
func (d *Directory) FormDepartments() func() []Department {
	rows := d.rows
	return func() []Department {
		count := departmentCount{}
		for _, b := range rows.blocks {
			for i := range b.len() {
				count.add(b.member(i))
			}
		}
		return count.list()
	}
}

// refuseNobody says why nobody's form is asked for.
func refuseNobody(q FormQuery, c departmentCount) error {
	list := c.list()[1:]
	switch {
	case c[""] == 0:
		return &Error{CodeNoForm, "No member has a login ID, and forms are for those who do.", "Members with an email address get a mail instead."}
	case len(list) == 0:
		return &Error{CodeInvalid, fmt.Sprintf("Nobody with a login ID is in the department %q.", member.Clean(q.Department)),
			"Nobody with a login ID is in any: ask for all."}
	}
	const named = 8
	var codes []string
	for _, d := range list[:min(named, len(list))] {
		codes = append(codes, member.Clean(d.Code))
	}
	if more := len(list) - named; more > 0 {
		codes = append(codes, fmt.Sprintf("and %d more", more))
	}
	return &Error{CodeInvalid, fmt.Sprintf("Nobody with a login ID is in the department %q.", member.Clean(q.Department)),
		"The departments are: " + strings.Join(codes, ", ") + "."}
}

// formsRun is one writing of many forms.
type formsRun struct {
	*Service
	ctx      context.Context
	admin    Admin
	query    FormQuery
	wanted   []holder
	result   *SavedForms
	progress func(done, of int)
}

// pages hands out the forms, some at a time: each is recorded in the transaction that reads it, before it is given. What
// has been used up meanwhile counts as missing.
func (r formsRun) pages() iter.Seq2[[]Form, error] {
	return func(yield func([]Form, error) bool) {
		for page := range slices.Chunk(r.wanted, formsPage) {
			forms, err := r.handOutPage(page)
			if !yield(forms, err) || err != nil {
				return
			}
		}
	}
}

func (r formsRun) handOutPage(page []holder) ([]Form, error) {
	now := r.clock()
	var forms []Form
	var void []string
	err := r.store.Update(r.ctx, func(w Writer) error {
		forms, void = nil, nil
		if err := r.authorize(w, r.admin, now); err != nil {
			return err
		}
		for _, h := range page {
			form, err := r.form(w, h.id, now)
			if CodeOf(err) == CodeNoForm || err == nil && !r.query.fits(form.Member) {
				void = append(void, h.login)
				continue
			}
			if err != nil {
				return err
			}
			forms = append(forms, form)
			if err := r.record(w, r.about(EventFormSaved, h.id, now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, login := range void {
		r.result.Forms--
		r.result.without(login)
	}
	return forms, nil
}

func (r formsRun) about(event Event, id member.ID, now time.Time) Record {
	return Record{At: now, Event: event, Actor: r.admin.ID, Target: id, Details: []Detail{r.result.Target.detail()}}
}

// files writes a file a form.
func (r formsRun) files() error {
	for forms, err := range r.pages() {
		if err != nil {
			return err
		}
		for i, form := range forms {
			if err := r.file(form); err != nil {
				return errors.Join(err, r.notSaved(ids(forms[i:])))
			}
		}
	}
	return nil
}

func (r formsRun) file(form Form) error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	saved, err := r.forms.WriteFormIn(form, r.result.Target.Path)
	if err != nil {
		return err
	}
	r.result.Missing = append(r.result.Missing, saved.Missing...)
	r.result.saved(form)
	r.progress(len(r.result.Saved), r.result.Forms)
	return nil
}

// document writes all forms as one document, or nothing.
func (r formsRun) document() error {
	var handedOut SavedForms
	saved, err := r.forms.WriteForms(func(yield func(Form, error) bool) {
		for forms, err := range r.pages() {
			if err != nil {
				yield(Form{}, err)
				return
			}
			for _, form := range forms {
				handedOut.saved(form)
			}
			for _, form := range forms {
				if r.ctx.Err() != nil {
					yield(Form{}, context.Cause(r.ctx))
					return
				}
				if !yield(form, nil) {
					return
				}
			}
			r.progress(len(handedOut.Saved), r.result.Forms)
		}
	}, r.result.Target.Path)
	if err != nil {
		return errors.Join(err, r.notSaved(handedOut.Saved))
	}
	r.result.Saved, r.result.Suspended, r.result.Missing = handedOut.Saved, handedOut.Suspended, saved.Missing
	return nil
}

func (f *SavedForms) saved(form Form) {
	f.Saved = append(f.Saved, form.Member.ID)
	if form.Member.Status == member.Suspended {
		f.Suspended++
	}
}

func ids(forms []Form) []member.ID {
	var list []member.ID
	for _, f := range forms {
		list = append(list, f.Member.ID)
	}
	return list
}

// notSaved records whose forms were to be saved, and were not.
func (r formsRun) notSaved(of []member.ID) error {
	return r.amend(r.ctx, r.admin, of, Record{Event: EventFormNotSaved, Details: []Detail{r.result.Target.detail()}})
}
