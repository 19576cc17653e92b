package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var staticFiles embed.FS

// asset is a file that never changes under its path, which holds its hash: browsers may keep it for ever.
type asset struct {
	path        string
	contentType string
	body        []byte
}

// assetsPath is where browsers find the files: a path that no application behind the same host has.
const assetsPath = "/rekey-static/"

var (
	style  = newAsset("style.css", "text/css; charset=utf-8")
	icon   = newAsset("icon.svg", "image/svg+xml")
	assets = []asset{style, icon}
)

func newAsset(name, contentType string) asset {
	body, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		panic("the file is built into the program: " + err.Error())
	}
	hash := sha256.Sum256(body)
	extension := path.Ext(name)
	hashed := assetsPath + strings.TrimSuffix(name, extension) + "-" + hex.EncodeToString(hash[:8]) + extension
	return asset{path: hashed, contentType: contentType, body: body}
}

func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}
