package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sshHost is a real sshd on loopback, with the lines of deploy/README.md for the user of this test.
type sshHost struct {
	t       *testing.T
	options []string // of ssh and sftp
	user    string
	dir     string // the data directory
}

// startHost starts sshd in front of a demo's directory, or skips the test where there is none.
func startHost(t *testing.T) *sshHost {
	t.Helper()
	sshd := tool(t, "sshd")
	for _, name := range []string{"ssh", "sftp", "ssh-keygen"} {
		tool(t, name)
	}
	if _, err := os.Stat("/run/sshd"); err != nil && os.Geteuid() == 0 {
		t.Skip("sshd wants the directory /run/sshd when root runs it")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	binary, work := built(t), t.TempDir()
	dir, _ := prepared(t)
	for _, key := range []string{"host", "admin"} {
		if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(work, key)).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v, %s", err, out)
		}
	}
	port := freePort(t)
	block := strings.NewReplacer("User rekey", "User "+me.Username, "/usr/local/bin/rekey", binary, "/var/lib/rekey", dir,
		"/etc/ssh/rekey_admins", filepath.Join(work, "admin.pub")).Replace(documented(t, "sshd_config"))
	// The rest is Debian's, but for what a user other than root, and a directory below /tmp, do not allow.
	config := filepath.Join(work, "sshd_config")
	text := "ListenAddress 127.0.0.1\nPort " + port + "\nHostKey " + filepath.Join(work, "host") +
		"\nPidFile none\nStrictModes no\nUsePAM no\nAcceptEnv LANG LC_*\nX11Forwarding yes\n" +
		"Subsystem sftp internal-sftp\n" + block
	known := filepath.Join(work, "known")
	public, err := os.ReadFile(filepath.Join(work, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{config: text, known: "[127.0.0.1]:" + port + " " + string(public)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listening(t, exec.CommandContext(t.Context(), sshd, "-D", "-e", "-f", config))
	return &sshHost{t: t, user: me.Username, dir: dir, options: []string{"-F", "none", "-P" + port, "-i", filepath.Join(work, "admin"),
		"-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + known, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes",
		"-o", "LogLevel=INFO"}}
}

// freePort gives a port of loopback that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// listening starts sshd and waits until it says that it listens. It ends with the test.
func listening(t *testing.T, sshd *exec.Cmd) {
	t.Helper()
	stderr, err := sshd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sshd.Start(); err != nil {
		t.Fatal(err)
	}
	listens, said := make(chan struct{}), make(chan string, 1)
	go func() {
		var all strings.Builder
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if strings.HasPrefix(lines.Text(), "Server listening on") {
				close(listens)
			}
		}
		said <- all.String()
	}()
	t.Cleanup(func() {
		sshd.Process.Kill()
		log := <-said
		sshd.Wait()
		if t.Failed() {
			t.Logf("sshd: %s", log)
		}
	})
	select {
	case <-listens:
	case log := <-said:
		said <- log
		t.Fatalf("sshd does not listen: %s", log)
	case <-time.After(patience):
		t.Fatal("sshd does not listen")
	}
}

// client runs ssh or sftp without a terminal, and gives what it wrote and how it ended.
func (h *sshHost) client(name, input string, args ...string) (out string, err error) {
	h.t.Helper()
	options := append([]string(nil), h.options...)
	if name == "ssh" {
		options[2] = "-p" + strings.TrimPrefix(options[2], "-P")
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience/3) // what is granted may last
	defer cancel()
	cmd := exec.CommandContext(ctx, name, append(options, args...)...)
	cmd.Stdin = strings.NewReader(input)
	said, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return string(said), nil // it was let in, and stayed
	}
	return string(said), err
}

func (h *sshHost) address() string { return h.user + "@127.0.0.1" }

// console logs in with a terminal, whatever command is asked for.
func (h *sshHost) console(command ...string) *session {
	h.t.Helper()
	options := append([]string(nil), h.options...)
	options[2] = "-p" + strings.TrimPrefix(options[2], "-P")
	s := start(h.t, "ssh", nil, append(append(options, "-tt", h.address()), command...)...)
	s.until("Email address")
	return s
}

// What is documented is what sshd makes of it for the user rekey: all of it, also where one line would do for another.
func TestSSHConfigurationIsUnderstood(t *testing.T) {
	sshd := tool(t, "sshd")
	work := t.TempDir()
	key, config := filepath.Join(work, "host"), filepath.Join(work, "sshd_config")
	if out, err := exec.CommandContext(t.Context(), tool(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v, %s", err, out)
	}
	write(t, config, "HostKey "+key+"\nX11Forwarding yes\nAcceptEnv LANG LC_*\n"+documented(t, "sshd_config"))
	effective := func(user string) string {
		out, err := exec.CommandContext(t.Context(), sshd, "-T", "-f", config, "-C", "user="+user+",host=h,addr=192.0.2.1").CombinedOutput()
		if err != nil && strings.Contains(string(out), "privilege separation") {
			t.Skipf("sshd: %s", out)
		}
		if err != nil {
			t.Fatalf("sshd: %v, %s", err, out)
		}
		return "\n" + string(out)
	}
	admins := effective("rekey")
	for _, line := range []string{"forcecommand /usr/local/bin/rekey --restricted --dir /var/lib/rekey", "authorizedkeysfile /etc/ssh/rekey_admins",
		"authenticationmethods publickey", "permittty yes", "permituserrc no", "disableforwarding yes", "allowtcpforwarding no",
		"allowstreamlocalforwarding no", "allowagentforwarding no", "x11forwarding no", "permittunnel no", "permituserenvironment no"} {
		if !strings.Contains(admins, "\n"+line+"\n") {
			t.Errorf("sshd does not read %q", line)
		}
	}
	if strings.Contains(effective("somebody"), "/usr/local/bin/rekey") {
		t.Error("others than the user rekey get the console too")
	}
}

// A login over SSH is the console: it signs in, works, and ends with the session. No key leads to a shell.
func TestConsoleAsForcedCommand(t *testing.T) {
	h := startHost(t)
	s := h.console()
	for _, key := range []string{ctrlZ, ctrlBackslash} {
		s.press(key)
	}
	s.press("admin@example.com" + tab + demoPassword + enter)
	s.until("line1-003")
	s.press(ctrlZ + ctrlBackslash + "i")
	s.until("restricted")
	s.press("/etc/passwd" + enter)
	s.until("files are taken from")
	s.press(ctrlC)
	s.end(exitDone)
	if strings.Contains(s.output.String(), "\x1b]52") {
		t.Error("something was put into the terminal's clipboard")
	}
	p := reopened(t, h.dir)
	if err := p.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The command that a client asks for is not run: neither with a terminal nor without one.
func TestForcedCommandIsForced(t *testing.T) {
	h := startHost(t)
	marker := filepath.Join(t.TempDir(), "marker")
	for _, command := range []string{"touch " + marker, "sh -c 'touch " + marker + "'", "rekey version"} {
		out, err := h.client("ssh", "", h.address(), command)
		exit, ok := err.(*exec.ExitError)
		if !ok || exit.ExitCode() != exitUsage || !strings.Contains(out, "needs a terminal") {
			t.Errorf("%s: %v, %s", command, err, out)
		}
	}
	s := h.console("touch " + marker)
	s.press(ctrlC)
	s.end(exitDone)
	if _, err := os.Stat(marker); err == nil {
		t.Error("a command was run")
	}
}

// Neither files nor connections go through.
func TestForcedCommandForwardsNothing(t *testing.T) {
	h := startHost(t)
	const banner = "a service of this host"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte(banner))
			conn.Close()
		}
	}()
	socket := filepath.Join(t.TempDir(), "socket")
	for name, args := range map[string][]string{
		"a connection":     {"-W", listener.Addr().String(), h.address()},
		"a remote port":    {"-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:" + listener.Addr().String(), h.address()},
		"a remote socket":  {"-N", "-o", "ExitOnForwardFailure=yes", "-R", socket + ":" + listener.Addr().String(), h.address()},
		"another password": {"-o", "PubkeyAuthentication=no", h.address()},
		"a subsystem":      {"-s", h.address(), "sftp"},
	} {
		out, err := h.client("ssh", "", args...)
		if err == nil || strings.Contains(out, banner) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
	if out, err := h.client("sftp", "ls /\n", "-b", "-", h.address()); err == nil || strings.Contains(out, "etc") {
		t.Errorf("sftp: %v, %s", err, out)
	}
	if _, err := os.Stat(socket); err == nil {
		t.Error("a socket was made")
	}
}
