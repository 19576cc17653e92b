package demo

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"rekey/member"
)

// MaxMembers is how many members can be made up: beyond it their numbers outgrow an employee number.
const MaxMembers = 999_999_999

// AdminEmail is the address of the first member, who is an active admin.
const AdminEmail = "admin@example.com"

// Shares, in percent.
const (
	shareEmail          = 60 // of all; the others have login IDs
	shareAdmin          = 2  // of email address members
	shareInviting       = 6
	shareSuspended      = 4
	shareNamesake       = 2 // have the name of the one before them
	shareEmployeeNumber = 92
	shareOwnSearchName  = 40 // have a search name that does not come from their account
	shareTwoDepartments = 12
	shareNoDepartment   = 3
)

// Members makes up the first n members of the team that belongs to seed; more of them begin with the same ones. They
// have no ID yet. The first is the demo admin, and the few after it are always the same people: rare kanji, two
// namesakes, a second admin and one of each status.
//
// Every member is valid, and no two have one address, login ID or employee number. Beyond MaxMembers there are none.
func Members(n int, seed uint64) iter.Seq[member.Member] {
	return func(yield func(member.Member) bool) {
		g := generator{random: newRandom(seed, streamMembers)}
		for number := 1; number <= min(n, MaxMembers); number++ {
			if !yield(g.next(number)) {
				return
			}
		}
	}
}

// cast are the first members of every team.
var cast = []member.Member{
	{Email: AdminEmail, Name: "青木 遥", SearchName: "aoki.haruka", EmployeeNumber: "E000001", EmploymentType: "2",
		Departments: []string{"HQ-IT"}, Position: "情報システム課長", Status: member.Active, Admin: true},
	{Email: "misaki.yoshino2@example.com", Name: "𠮷野 美咲", SearchName: "yoshino.misaki", EmployeeNumber: "E000002", EmploymentType: "2",
		Departments: []string{"HQ-SALES"}, Position: "主任", Status: member.Active},
	{LoginID: "line1-003", Name: "渡邊 健", SearchName: "watanabe.ken", EmployeeNumber: "E000003", EmploymentType: "3",
		Departments: []string{"工場1課"}, Status: member.Active},
	{LoginID: "line2-004", Name: "渡邊 健", SearchName: "watanabe.ken", EmployeeNumber: "E000004", EmploymentType: "3",
		Departments: []string{"工場2課"}, Position: "Line leader", Status: member.Active},
	{Email: "renee.dupont5@example.com", Name: "Renée Dupont", SearchName: "renee.dupont5", EmployeeNumber: "E000005", EmploymentType: "1",
		Departments: []string{"HQ-HR", "HQ-SALES"}, Position: "Head of HR", Status: member.Active, Admin: true},
	{LoginID: "k1006", Name: "ﾖｼﾀﾞ ﾊﾅｺ", SearchName: "k1006", EmploymentType: "4", Departments: []string{"店舗-新宿"}, Status: member.Suspended},
	{Email: "daisuke.takahashi7@example.jp", Name: "髙橋 大輔", SearchName: "daisuke.takahashi7", EmployeeNumber: "E000007",
		EmploymentType: "2", Departments: []string{"R&D"}, Status: member.Inviting},
	{LoginID: "k1008", Name: "濵田 さくら", SearchName: "k1008", EmployeeNumber: "E000008", EmploymentType: "5",
		Departments: []string{"工場1課"}, Status: member.Inviting},
}

var (
	domains           = []string{"example.com", "example.com", "example.jp", "example.co.jp", "example.net"}
	officeDepartments = []string{"HQ-SALES", "HQ-HR", "HQ-IT", "HQ-FIN", "R&D", "営業部", "経理部", "東京支店", "OSAKA"}
	onSiteDepartments = []string{"工場1課", "工場2課", "ﾗｲﾝ3", "PLANT-B", "店舗-新宿", "店舗-梅田", "物流センター"}
	officePositions   = []string{"", "", "", "主任", "課長", "部長", "Manager", "Team lead", "Engineer", "アシスタント"}
	onSitePositions   = []string{"", "", "", "", "班長", "Line leader", "副店長", "パート"}
	officeTypes       = []string{"2", "2", "2", "2", "3", "1", "6", "0"}
	onSiteTypes       = []string{"2", "3", "3", "4", "4", "5", "7", ""}
)

// generator makes one member after the other.
type generator struct {
	random
	name       name   // of the member before
	department string // the first one of the member before
}

// name is a made-up name: as it is written, and its parts in the letters that an address can hold.
type name struct{ full, family, given string }

func (g *generator) next(number int) member.Member {
	if number <= len(cast) {
		m := cast[number-1]
		m.Departments = slices.Clone(m.Departments)
		return m
	}
	namesake := number > len(cast)+1 && g.percent(shareNamesake)
	if !namesake {
		g.name = g.makeName()
	}
	var m member.Member
	if g.percent(shareEmail) {
		m = g.office(number)
	} else {
		m = g.onSite(number)
	}
	if namesake {
		m.Departments = []string{g.other(m)}
	}
	g.department = ""
	if len(m.Departments) > 0 {
		g.department = m.Departments[0]
	}
	m.Name = g.name.full
	m.Status = g.status()
	m.Admin = m.Email != "" && m.Status == member.Active && g.percent(shareAdmin)
	if g.percent(shareEmployeeNumber) {
		m.EmployeeNumber = "E" + padded(number, 6)
	}
	m.SearchName = member.DefaultSearchName(m.Account())
	if g.percent(shareOwnSearchName) {
		m.SearchName = g.name.family + "." + g.name.given
	}
	return m
}

// office makes the part of an email address member that the place of work decides.
func (g *generator) office(number int) member.Member {
	return member.Member{
		Email:          g.name.given + "." + g.name.family + strconv.Itoa(number) + "@" + pick(g.random, domains),
		EmploymentType: pick(g.random, officeTypes),
		Departments:    g.departments(officeDepartments),
		Position:       pick(g.random, officePositions),
	}
}

// onSite makes the part of a login ID member that the place of work decides.
func (g *generator) onSite(number int) member.Member {
	loginID := "k" + strconv.Itoa(1000+number)
	if g.percent(50) {
		loginID = "line" + strconv.Itoa(1+g.below(9)) + "-" + padded(number, 3)
	}
	return member.Member{
		LoginID:        loginID,
		EmploymentType: pick(g.random, onSiteTypes),
		Departments:    g.departments(onSiteDepartments),
		Position:       pick(g.random, onSitePositions),
	}
}

func (g *generator) departments(codes []string) []string {
	if g.percent(shareNoDepartment) {
		return nil
	}
	first := g.below(len(codes))
	if !g.percent(shareTwoDepartments) {
		return []string{codes[first]}
	}
	second := (first + 1 + g.below(len(codes)-1)) % len(codes)
	return []string{codes[first], codes[second]}
}

// other gives a namesake a department that the one before does not have, for it is all that tells them apart.
func (g *generator) other(m member.Member) string {
	codes := officeDepartments
	if m.Type() == member.LoginID {
		codes = onSiteDepartments
	}
	i := g.below(len(codes))
	if codes[i] == g.department {
		i = (i + 1) % len(codes)
	}
	return codes[i]
}

func (g *generator) status() member.Status {
	switch n := g.below(100); {
	case n < shareInviting:
		return member.Inviting
	case n < shareInviting+shareSuspended:
		return member.Suspended
	}
	return member.Active
}

func (g *generator) makeName() name {
	n := g.below(100)
	i := 0
	for n >= scripts[i].share {
		n -= scripts[i].share
		i++
	}
	s := scripts[i]
	family, given := pick(g.random, s.families), pick(g.random, s.givens)
	full := given.written + s.space + family.written
	if s.givenIsLast {
		full = family.written + s.space + given.written
	}
	return name{full, family.ascii, given.ascii}
}

// padded writes n with zeros in front, at least width digits wide.
func padded(n, width int) string {
	digits := strconv.Itoa(n)
	return strings.Repeat("0", max(width-len(digits), 0)) + digits
}
