package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
)

type memberOutput struct {
	ID             string   `json:"id"`   // "id:17"
	Type           string   `json:"type"` // email or login_id
	Name           string   `json:"name"`
	SearchName     string   `json:"search_name"`
	Email          string   `json:"email"`
	LoginID        string   `json:"login_id"`
	EmployeeNumber string   `json:"employee_number"`
	Departments    []string `json:"departments"`
	EmploymentType string   `json:"employment_type"`
	Position       string   `json:"position"`
	Status         string   `json:"status"` // inviting, active, suspended or deleted
	Admin          bool     `json:"admin"`
	LockedUntil    *string  `json:"locked_until"` // null while the account is not locked
}

// readingHelp says who may read what a command prints.
const readingHelp = `It changes nothing and asks for no sign-in: who may read the data directory may read this.`

func (c *cli) membersCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "members [QUERY]",
		Short: "List members",
		Long: `Members lists the members, or those in whom every word of QUERY is found in one field: login ID, name, employee number,
department, employment type or email address. Case, width and kana make no difference.

` + readingHelp,
		Args:              oneQuery,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.members(cmd.Context(), strings.Join(args, ""), asJSON)
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// oneQuery refuses a query that is not one argument.
func oneQuery(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misuse("Put it in quotes.", "The query is one argument.")
	}
	return nil
}

func (c *cli) members(ctx context.Context, query string, asJSON bool) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	all, err := p.service.LoadDirectory(ctx, func(int) {})
	if err != nil {
		return err
	}
	now := p.service.Now()
	found := all.Search(account.Query{Text: query, Now: now})
	list := make([]memberOutput, 0, len(found))
	for _, row := range found {
		list = append(list, newMemberOutput(all.Member(row), all.Lockout(row, now)))
	}
	return c.print(asJSON, list, func(w io.Writer) {
		rows := make([][]string, 0, len(found))
		for _, row := range found {
			rows = append(rows, memberRow(all.Member(row), all.Lockout(row, now), p.service.Zone()))
		}
		writeTable(w, []string{"ID", "NAME", "ACCOUNT", "TYPE", "DEPARTMENT", "EMPLOYEE", "STATUS", "LOCKED UNTIL"}, rows)
	})
}

func newMemberOutput(m member.Member, l account.Lockout) memberOutput {
	return memberOutput{
		ID:             m.ID.String(),
		Type:           m.Type().String(),
		Name:           m.Name,
		SearchName:     m.SearchName,
		Email:          m.Email,
		LoginID:        m.LoginID,
		EmployeeNumber: m.EmployeeNumber,
		Departments:    append([]string{}, m.Departments...),
		EmploymentType: m.EmploymentType,
		Position:       m.Position,
		Status:         m.Status.String(),
		Admin:          m.Admin,
		LockedUntil:    timeOutput(l.Until),
	}
}

func memberRow(m member.Member, l account.Lockout, zone *time.Location) []string {
	status := m.Status.String()
	if m.Admin {
		status += ", admin"
	}
	locked := ""
	if !l.Until.IsZero() {
		locked = account.FormatTime(l.Until, zone)
	}
	return []string{m.ID.String(), m.Name, m.Account(), m.Type().String(), strings.Join(m.Departments, " "),
		m.EmployeeNumber, status, locked}
}
