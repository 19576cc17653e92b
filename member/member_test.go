package member

import (
	"strings"
	"testing"
)

func TestIDsAreReadAsTheyAreWritten(t *testing.T) {
	id, err := ParseID(ID(17).String())
	if err != nil || id != 17 {
		t.Errorf("ParseID(%q) = %v, %v", ID(17).String(), id, err)
	}
	for _, s := range []string{"", "17", "id:", "id:0", "id:-1", "id:x", "id:17 ", "id:99999999999999999999"} {
		if id, err := ParseID(s); err == nil {
			t.Errorf("ParseID(%q) = %v, want an error", s, id)
		}
	}
}

func TestAnIDCannotBeMistakenForAnAccount(t *testing.T) {
	if CheckLoginID(ID(17).String()) == "" || CheckEmail(ID(17).String()) == "" {
		t.Error("a login ID or an address can look like a member id")
	}
}

func TestTypeFollowsTheAccount(t *testing.T) {
	if m := (Member{Email: "a@example.com"}); m.Type() != Email || m.Account() != "a@example.com" || m.Type().String() != "email" {
		t.Errorf("an email address member is %v, %q", m.Type(), m.Account())
	}
	if m := (Member{LoginID: "k17"}); m.Type() != LoginID || m.Account() != "k17" || m.Type().String() != "login_id" {
		t.Errorf("a login ID member is %v, %q", m.Type(), m.Account())
	}
}

func TestStatusesChangeOnlyAsTheDomainSays(t *testing.T) {
	allowed := map[[2]Status]bool{
		{Inviting, Active}: true, {Inviting, Deleted}: true,
		{Active, Suspended}: true, {Active, Deleted}: true,
		{Suspended, Active}: true, {Suspended, Deleted}: true,
	}
	for from := Inviting; from <= Deleted; from++ {
		for to := Inviting; to <= Deleted; to++ {
			if got := from.CanBecome(to); got != allowed[[2]Status{from, to}] {
				t.Errorf("%v.CanBecome(%v) = %v", from, to, got)
			}
		}
	}
}

func TestValidateNamesEachBrokenField(t *testing.T) {
	whole := Member{Email: "taro.sato+x@example.com", Name: "佐藤 太郎", SearchName: "taro", EmployeeNumber: "0123456789",
		EmploymentType: "7", Departments: []string{"A"}, Status: Active, Admin: true}
	if broken := whole.Validate(); len(broken) > 0 {
		t.Fatalf("a member that keeps the rules is refused: %v", broken[0])
	}
	for name, c := range map[string]struct {
		change func(*Member)
		field  Field
	}{
		"no account":                 {func(m *Member) { m.Email = "" }, "mailAddress"},
		"both accounts":              {func(m *Member) { m.LoginID = "k1"; m.Admin = false }, "loginID"},
		"address without @":          {func(m *Member) { m.Email = "example.com" }, "mailAddress"},
		"address with two @":         {func(m *Member) { m.Email = "a@b@example.com" }, "mailAddress"},
		"address with empty part":    {func(m *Member) { m.Email = "@example.com" }, "mailAddress"},
		"address with full width":    {func(m *Member) { m.Email = "ａ@example.com" }, "mailAddress"},
		"address with line break":    {func(m *Member) { m.Email = "a@example.com\r\nBcc:b" }, "mailAddress"},
		"address too long":           {func(m *Member) { m.Email = strings.Repeat("a", 250) + "@b.example" }, "mailAddress"},
		"login ID with @":            {func(m *Member) { m.Email, m.LoginID, m.Admin = "", "k@1", false }, "loginID"},
		"login ID with slash":        {func(m *Member) { m.Email, m.LoginID, m.Admin = "", "../k", false }, "loginID"},
		"login ID too long":          {func(m *Member) { m.Email, m.LoginID, m.Admin = "", strings.Repeat("k", 51), false }, "loginID"},
		"login ID member as admin":   {func(m *Member) { m.Email, m.LoginID = "", "k1" }, "loginID"},
		"no name":                    {func(m *Member) { m.Name = " " }, "fullName"},
		"name too long":              {func(m *Member) { m.Name = strings.Repeat("山", 257) }, "fullName"},
		"name of broken bytes":       {func(m *Member) { m.Name = "\xff" }, "fullName"},
		"search name with a space":   {func(m *Member) { m.SearchName = "a b" }, "searchName"},
		"search name wide space":     {func(m *Member) { m.SearchName = "a\u3000b" }, "searchName"},
		"employee number too long":   {func(m *Member) { m.EmployeeNumber = "01234567890" }, "employeeCode"},
		"employment type 8":          {func(m *Member) { m.EmploymentType = "8" }, "employmentType"},
		"employment type full width": {func(m *Member) { m.EmploymentType = "１" }, "employmentType"},
		"no status":                  {func(m *Member) { m.Status = 0 }, "accountStatus"},
		"status 5":                   {func(m *Member) { m.Status = 5 }, "accountStatus"},
	} {
		t.Run(name, func(t *testing.T) {
			m := whole
			c.change(&m)
			broken := m.Validate()
			if len(broken) != 1 || broken[0].Field != c.field {
				t.Errorf("Validate() = %v, want one error on %s", broken, c.field)
			}
		})
	}
}

func TestLimitsCountCharactersNotBytes(t *testing.T) {
	m := Member{LoginID: "k1", Name: strings.Repeat("𠮷", MaxName), SearchName: strings.Repeat("花", MaxSearchName), Status: Active}
	if broken := m.Validate(); len(broken) > 0 {
		t.Errorf("a name of %d characters is refused: %s", MaxName, broken[0].Reason)
	}
}

func TestDefaultSearchNameFits(t *testing.T) {
	for account, want := range map[string]string{
		"taro@example.com":                       "taro",
		"k17":                                    "k17",
		strings.Repeat("a", 40) + "@example.com": strings.Repeat("a", 32),
	} {
		if got := DefaultSearchName(account); got != want || CheckSearchName(got) != "" {
			t.Errorf("DefaultSearchName(%q) = %q, want %q", account, got, want)
		}
	}
}
