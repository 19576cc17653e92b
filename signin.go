package main

import (
	"context"

	"rekey/account"
)

const signInHelp = `The admin signs in through REKEY_ADMIN (an email address) and REKEY_ADMIN_PASSWORD; what is missing is asked for
on the terminal.`

// asAdmin signs an admin in, runs fn and signs the admin out.
func (c *cli) asAdmin(ctx context.Context, p *program, device string, fn func(account.Admin) error) error {
	address, password, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	admin, err := p.service.SignIn(ctx, address, password, device)
	if err != nil {
		return err
	}
	err = fn(admin)
	// What fn did is done whatever becomes of the session, which ends by itself.
	if signOut := p.service.SignOut(context.WithoutCancel(ctx), admin); signOut != nil && err == nil {
		c.warn("The session could not be ended and ends by itself: %s", sentences(signOut))
	}
	return err
}

// credentials gives the admin's email address and password, from the environment or from the person at the terminal.
func (c *cli) credentials(ctx context.Context) (address, password string, err error) {
	address, password = c.env.get("REKEY_ADMIN"), c.env.get("REKEY_ADMIN_PASSWORD")
	if address != "" && password != "" {
		return address, password, nil
	}
	t, isTerminal := c.terminal()
	if !isTerminal {
		return "", "", &failure{exit: exitNotSignedIn, message: "Nobody is signed in, and there is no terminal to ask on.",
			hint: "Set REKEY_ADMIN and REKEY_ADMIN_PASSWORD."}
	}
	if address == "" {
		if address, err = t.line(ctx, "Email address: "); err != nil {
			return "", "", err
		}
	}
	password, err = t.secret(ctx, "Password: ")
	return address, password, err
}
