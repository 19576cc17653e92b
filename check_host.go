package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// configuration looks at the data directory and rekey.toml.
func (u *checkup) configuration(context.Context) checkResult {
	d, err := u.directory()
	if err != nil {
		return failed(err)
	}
	if err := d.mustExist(); err != nil {
		return failed(err)
	}
	u.dir = d
	c, err := loadConfig(d, u.env)
	if err != nil {
		return failed(err)
	}
	u.config = &c
	if err := mustBeClosed(d.configFile(), fileMode); err != nil {
		return failed(err)
	}
	return passed("%s", d.configFile())
}

// mustBeClosed refuses a file or directory that is open to other users. One that is not there is none.
func mustBeClosed(path string, mode fs.FileMode) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at %s: %w", path, bare(err))
	}
	if info.Mode().Perm()&0o077 != 0 {
		return refuse(fmt.Sprintf("Run `chmod %o %s`.", mode, path), "Other users have access to %s.", path)
	}
	return nil
}

// Times that no clock of a host on which this program runs can show.
var (
	clockTooEarly = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clockTooLate  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// clockSlack is by how much a clock may have been put back since the last record: clocks are adjusted.
const clockSlack = time.Minute

const setClock = "Set the host's clock; links and lockouts end by it."

// clock looks whether the host's clock can be right.
func (u *checkup) clock(ctx context.Context) checkResult {
	now := u.now()
	if now.Before(clockTooEarly) || now.After(clockTooLate) {
		return failed(refuse(setClock, "The clock shows %s.", shownTime(now)))
	}
	if u.program == nil {
		return passed("%s (not compared with the audit log: the store cannot be read)", shownTime(now))
	}
	last, err := u.program.service.Audit(ctx, 0, 1)
	if err != nil {
		return failed(err)
	}
	if len(last) > 0 && last[0].At.After(now.Add(clockSlack)) {
		return failed(refuse(setClock, "The clock shows %s, which is before the newest audit record (%s).",
			shownTime(now), shownTime(last[0].At)))
	}
	return passed("%s", shownTime(now))
}

// Room on the disk, in bytes: the store grows in steps of 16 MiB, and is written before the old pages are free.
const (
	leastRoom = 64 << 20
	mebibyte  = 1 << 20
	gibibyte  = 1 << 30
)

// disk looks for room beside the store.
func (u *checkup) disk(context.Context) checkResult {
	var st unix.Statfs_t
	if err := unix.Statfs(string(u.dir), &st); err != nil {
		return failed(fmt.Errorf("asking for the room at %s: %w", u.dir, err))
	}
	room := st.Bavail * uint64(st.Bsize)
	size := uint64(0)
	if info, err := os.Stat(u.dir.storeFile()); err == nil {
		size = uint64(info.Size())
	}
	return judgeRoom(room, size)
}

// judgeRoom says whether there is enough room beside a store of that size, in bytes.
func judgeRoom(room, size uint64) checkResult {
	switch {
	case room < leastRoom:
		return failed(refuse("Make room: without it no reset can be stored.", "There are %s left for the store.", sizeText(room)))
	case room < size+leastRoom:
		return doubtful("Make room.", "There are %s left, too little for a copy of the store (%s).", sizeText(room), sizeText(size))
	}
	return passed("%s free", sizeText(room))
}

func sizeText(bytes uint64) string {
	if bytes >= gibibyte {
		return fmt.Sprintf("%.1f GiB", float64(bytes)/gibibyte)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/mebibyte)
}
