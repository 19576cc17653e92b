package main

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	mailheader "github.com/emersion/go-message/mail"
)

// letter is a mail as a member's mail program shows it.
type letter struct {
	header     mailheader.Header
	trace      string // the fields that Postfix has put before the others
	text, html string
	original   []byte // without the trace
}

// traceFields are those with which a mail server says how a mail came. What stands below them is the sender's.
var traceFields = []string{"Return-Path", "X-Original-To", "Delivered-To", "Received"}

func readLetter(t *testing.T, arrived []byte) letter {
	t.Helper()
	l := letter{original: arrived}
	for {
		name, _, _ := strings.Cut(string(l.original[:min(len(l.original), 40)]), ":")
		if !slices.Contains(traceFields, name) {
			break
		}
		field := fieldPattern.Find(l.original)
		l.trace += string(field)
		l.original = l.original[len(field):]
	}
	entity, err := message.Read(bytes.NewReader(l.original))
	if err != nil {
		t.Fatal(err)
	}
	l.header = mailheader.Header{Header: entity.Header}
	parts := entity.MultipartReader()
	if parts == nil {
		t.Fatal("the mail is not in parts")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch kind, _, _ := part.Header.ContentType(); kind {
		case "text/plain":
			l.text = string(body)
		case "text/html":
			l.html = string(body)
		default:
			t.Errorf("the mail has a part of type %q", kind)
		}
	}
}

// fieldPattern finds the first field of a header, with its continuations.
var fieldPattern = regexp.MustCompile(`^[^\n]*\n(?:[ \t][^\n]*\n)*`)

// id gives the Message-ID.
func (l letter) id(t *testing.T) string {
	t.Helper()
	id, err := l.header.MessageID()
	if err != nil || id == "" {
		t.Errorf("the Message-ID is %q, %v", id, err)
	}
	return id
}

// fields gives the names of the header's fields in their order.
func (l letter) fields() []string {
	var names []string
	for fields := l.header.Fields(); fields.Next(); {
		names = append(names, fields.Key())
	}
	return names
}
