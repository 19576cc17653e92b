package account

import (
	"context"
	"testing"

	"rekey/member"
)

// far is an empty store that notes whether it was told to bring things nearer.
type far struct {
	Store
	Reader
	begun, ended chan bool
}

func (f *far) ReadAhead(ctx context.Context) {
	close(f.begun)
	<-ctx.Done()
	close(f.ended)
}

func (f *far) View(_ context.Context, fn func(Reader) error) error    { return fn(f) }
func (f *far) Audit(AuditSeq, int) ([]Record, error)                  { return nil, nil }
func (f *far) Lockouts(after member.ID, limit int) ([]Lockout, error) { return nil, nil }
func (f *far) Members(after member.ID, limit int) ([]member.Member, error) {
	<-f.begun
	return nil, nil
}

func TestLoadingTheDirectoryReadsAheadUntilItIsDone(t *testing.T) {
	f := &far{begun: make(chan bool), ended: make(chan bool)}
	if _, err := (&Service{store: f}).LoadDirectory(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	<-f.ended
}
