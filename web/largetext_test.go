package web_test

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// largeText shows pages in frames as wide as a telephone with text of twice the size, and names those that scroll
// sideways.
var largeText = template.Must(template.New("").Parse(`<!DOCTYPE html><meta charset="utf-8">
{{range $name, $page := .}}<iframe name="{{$name}}" width="390" height="800" srcdoc="{{$page}}"></iframe>
{{end}}<output></output>
<script>
onload = () => {
  const frames = [...document.querySelectorAll("iframe")];
  const wide = frames.filter(f => f.contentDocument.documentElement.scrollWidth > f.clientWidth);
  document.querySelector("output").textContent = frames.length + " shown, wide: " + wide.map(f => f.name).join(", ");
};
</script>`))

func TestPagesWithLargeTextDoNotScrollSideways(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("Chromium is missing: the pages are not shown with large text")
	}
	p := newPlace(t)
	style, err := os.ReadFile("static/style.css")
	must(t, err)
	large := fmt.Sprintf("<style>%s\nhtml { font-size: 200%% }</style></head>", style)
	pages := map[string]string{}
	for _, language := range []string{"en", "ja"} {
		b := p.browser()
		b.header.Set("Accept-Language", language)
		keep := func(name string, page result) {
			pages[language+" "+name] = strings.Replace(page.body, "</head>", large, 1)
		}
		for _, path := range []string{"/login", "/forgot_password", "/s/wrong", "/nothing"} {
			keep(path, b.get(path))
		}
		keep("a code", b.get("/s/"+p.reset("form")))
		keep("a refused form", b.signIn("hana@example.com", "wrong"))
		b.signIn("hana@example.com", password)
		keep("the account", b.get("/account"))
	}
	dir, err := os.MkdirTemp("", "largetext") // t.TempDir fails where the browser still tidies its profile up
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var all bytes.Buffer
	must(t, largeText.Execute(&all, pages))
	file := filepath.Join(dir, "pages.html")
	must(t, os.WriteFile(file, all.Bytes(), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file).Output()
	must(t, err)
	_, after, _ := strings.Cut(string(out), "<output>")
	shown, _, _ := strings.Cut(after, "</output>")
	if want := fmt.Sprintf("%d shown, wide: ", len(pages)); shown != want {
		t.Errorf("of the pages %q, want %q", shown, want)
	}
}
