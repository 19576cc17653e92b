package account

import (
	"context"
	"path/filepath"
)

// Restored notes in the audit log that this store comes from the backup at source and is about to be, or has been, put in
// place. The record names the file without its directory, and the last record that the backup held. Nobody signs in for
// a restore: who may write to the data directory may do it.
func (s *Service) Restored(ctx context.Context, source string) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		newest, err := w.Audit(0, 1)
		if err != nil {
			return err
		}
		var last AuditSeq
		if len(newest) > 0 {
			last = newest[0].Seq
		}
		return s.record(w, Record{At: now, Event: EventRestored, Details: []Detail{
			{"source", filepath.Base(source)}, {"last_record", itoa(int(last))}}})
	})
}
