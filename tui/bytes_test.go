package tui

import (
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"rekey/account"
	"rekey/member"
)

// crowd is more members than a screen of 40 lines shows, with names of one script.
func crowd(name, department string) []member.Member {
	var all []member.Member
	for i := range 60 {
		m := member.Member{LoginID: fmt.Sprintf("line1-%03d", i), Name: fmt.Sprintf("%s %02d", name, i), EmployeeNumber: fmt.Sprintf("E%06d", i),
			EmploymentType: "3", Departments: []string{department}, Status: member.Active}
		if i%3 == 0 {
			m.LoginID, m.Email = "", fmt.Sprintf("member%03d@example.com", i)
		}
		all = append(all, m)
	}
	return all
}

// What goes over a slow line, in bytes. The bounds are a little above what is sent.
func TestFewBytesGoToTheTerminal(t *testing.T) {
	for _, c := range []struct {
		script, name, department string
		first, move, mean        int
	}{
		{"Latin", "Lindqvist Hanako", "PLANT-B", 4800, 200, 250},
		{"Japanese", "勅使河原 さくら", "工場1課", 5000, 200, 250},
	} {
		t.Run(c.script, func(t *testing.T) {
			tm := newTeam(t, crowd(c.name, c.department)...)
			admin := tm.find(t, adminAddress)
			admin.Name = c.name // which stands in the header
			tm.write(t, func(w account.Writer) error {
				_, err := w.PutMember(admin)
				return err
			})
			d := signedIn(t, tm, 120, 40)
			d.goTo(c.department)
			d.moving = true
			p := newCanvas(colorprofile.TrueColor, 120, 40)
			if n := len(p.frame(d.root.View())); n > c.first {
				t.Errorf("the first paint of the list takes %d bytes, want at most %d", n, c.first)
			}
			const moves = 50 // beyond the edge, where the list moves on
			var all []int
			for range moves {
				d.press("down")
				all = append(all, len(p.frame(d.root.View())))
			}
			slices.Sort(all)
			sum := 0
			for _, n := range all {
				sum += n
			}
			if n := all[moves*9/10]; n > c.move {
				t.Errorf("nine moves of the cursor in ten take up to %d bytes, want at most %d", n, c.move)
			}
			if n := sum / moves; n > c.mean {
				t.Errorf("a move of the cursor takes %d bytes in the mean, want at most %d", n, c.mean)
			}
		})
	}
}

// A key costs the same however many members there are; this many allocations are of the frame.
func TestAKeyAllocatesNoMoreThanAFrame(t *testing.T) {
	d := signedIn(t, newTeam(t, crowd("Lindqvist Hanako", "PLANT-B")...), 120, 40)
	d.moving = true
	keys := []tea.Msg{keyPress("down"), keyPress("up")}
	n := 0
	allocations := testing.AllocsPerRun(50, func() {
		d.root.Update(keys[n%2]) // the command that reads the account is not run
		_ = d.root.View()
		n++
	})
	const most = 2500
	if allocations > most {
		t.Errorf("a move of the cursor and its frame make %.0f allocations, want at most %d", allocations, most)
	}
}
