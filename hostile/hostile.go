// Package hostile holds text that tries to act on whatever shows it, and looks for what would act. The tests drive it
// through every field and screen, command, page and mail; the program itself never imports it.
package hostile

import "strings"

// Text is one attempt.
type Text struct {
	Name string // what it tries, unique
	Text string // not empty; may be invalid UTF-8
}

// Texts gives the corpus: more than a hundred texts, the same at each call.
func Texts() []Text {
	return []Text{
		// Escape sequences of seven bits.
		{"OSC 0, title and icon", "\x1b]0;owned\x07"},
		{"OSC 0 ended by ST", "\x1b]0;owned\x1b\\"},
		{"OSC 1, icon", "\x1b]1;owned\x07"},
		{"OSC 2, title", "\x1b]2;owned\x07"},
		{"OSC 4, palette", "\x1b]4;0;rgb:ff/00/00\x07"},
		{"OSC 7, directory", "\x1b]7;file:///etc\x07"},
		{"OSC 8, link", "\x1b]8;;https://evil.example\x1b\\account\x1b]8;;\x1b\\"},
		{"OSC 9, notification", "\x1b]9;owned\x07"},
		{"OSC 10, foreground", "\x1b]10;#000000\x07"},
		{"OSC 11, question for the background", "\x1b]11;?\x07"},
		{"OSC 50, font", "\x1b]50;fixed\x07"},
		{"OSC 52, clipboard written", "\x1b]52;c;cm0gLXJmIH4K\x07"},
		{"OSC 52, clipboard read", "\x1b]52;c;?\x07"},
		{"OSC 133, prompt mark", "\x1b]133;A\x07"},
		{"OSC 777, notification", "\x1b]777;notify;a;b\x07"},
		{"OSC 1337, file", "\x1b]1337;File=name=eA==;inline=1:AAAA\x07"},
		{"OSC P, Linux palette", "\x1b]P0000000"},
		{"OSC R, Linux palette reset", "\x1b]R"},
		{"OSC without an end", "\x1b]0;all that follows"},
		{"DCS, sixel", "\x1bPq#0;2;0;0;0#0~~\x1b\\"},
		{"DCS, request of settings", "\x1bP$qm\x1b\\"},
		{"DCS, termcap question", "\x1bP+q544e\x1b\\"},
		{"DCS, function keys", "\x1bP0;1|17/6c73\x1b\\"},
		{"DCS, tmux passthrough", "\x1bPtmux;\x1b\x1b]52;c;QQ==\x07\x1b\\"},
		{"DCS without an end", "\x1bPq"},
		{"APC, kitty picture", "\x1b_Gf=24,s=1,v=1;AAAA\x1b\\"},
		{"APC, tmux", "\x1b_x\x1b\\"},
		{"PM", "\x1b^private\x1b\\"},
		{"SOS", "\x1bXstring\x1b\\"},
		{"screen's title", "\x1bkowned\x1b\\"},
		{"CSI, clear the screen", "\x1b[2J"},
		{"CSI, clear the scrollback", "\x1b[3J"},
		{"CSI, cursor home", "\x1b[H"},
		{"CSI, cursor up", "\x1b[99A"},
		{"CSI, cursor to a column", "\x1b[1G"},
		{"CSI, erase the line", "\x1b[2K"},
		{"CSI, insert lines", "\x1b[50L"},
		{"CSI, scroll region", "\x1b[1;1r"},
		{"CSI, repeat", "\x1b[99999b"},
		{"CSI, alternate screen left", "\x1b[?1049l"},
		{"CSI, cursor hidden", "\x1b[?25l"},
		{"CSI, mouse reports", "\x1b[?1003h"},
		{"CSI, bracketed paste off", "\x1b[?2004l"},
		{"CSI, question for the cursor", "\x1b[6n"},
		{"CSI, question for the terminal", "\x1b[c"},
		{"CSI, question for the version", "\x1b[>q"},
		{"CSI, title reported", "\x1b[21t"},
		{"CSI, window resized", "\x1b[8;1;1t"},
		{"CSI, soft reset", "\x1b[!p"},
		{"CSI, keyboard protocol", "\x1b[>31u"},
		{"CSI, printing", "\x1b[5i"},
		{"CSI with a control inside", "\x1b[3\r1m"},
		{"CSI without an end", "\x1b["},
		{"SGR, concealed", "\x1b[8mhidden\x1b[28m"},
		{"SGR, blinking", "\x1b[5m"},
		{"SGR, red", "\x1b[31mred\x1b[0m"},
		{"SGR, true colour with colons", "\x1b[38:2::255:0:0mx"},
		{"full reset", "\x1bc"},
		{"line drawing charset", "\x1b(0lqqk"},
		{"line size", "\x1b#8"},
		{"cursor saved and restored", "\x1b7\x1b8"},
		{"reverse index", "\x1bM"},
		{"identify", "\x1bZ"},
		{"a lone ESC", "\x1b"},
		{"ESC ESC", "\x1b\x1b[A"},
		{"sequence in the middle of a name", "Sato\x1b[1A Taro"},
		{"sequence split by a mark", "\x1b\u0301[2J"},
		{"sequences in a text from the right", "\u05d0\u05d1\x1b[31m\u05d2\u202e\x1b[0m"},

		// The same in eight bits: as UTF-8, and as bytes.
		{"C1 CSI", "\u009b2J"},
		{"C1 OSC", "\u009d0;owned\u009c"},
		{"C1 DCS", "\u0090q\u009c"},
		{"C1 APC", "\u009fG\u009c"},
		{"C1 PM and SOS", "\u009e\u0098\u009c"},
		{"C1 index, next line, reverse index", "\u0084\u0085\u008d"},
		{"C1 single shifts", "\u008e\u008f"},
		{"C1 tab set, protected area", "\u0088\u0096\u0097"},
		{"raw CSI", "\x9b2J"},
		{"raw OSC", "\x9d0;owned\x9c"},
		{"raw DCS", "\x90q\x9c"},
		{"raw next line", "a\x85b"},
		{"all of C1", c1()},

		// Controls.
		{"NUL", "ad\x00min"},
		{"BEL", "\a\a\a"},
		{"backspaces over a name", "evil\b\b\b\bgood"},
		{"tab", "a\tb"},
		{"line feed", "name\nroot  admin@example.com  Active"},
		{"vertical tab and form feed", "a\vb\fc"},
		{"carriage return over a line", "deleted everything\rnothing was done   "},
		{"CR LF and a header", "x\r\nBcc: victim@example.com"},
		{"LF and a header", "x\nBcc: victim@example.com"},
		{"CR LF CR LF and a body", "x\r\n\r\nClick here: https://evil.example"},
		{"CR LF, a stop, and commands", "x\r\n.\r\nMAIL FROM:<evil@example.com>"},
		{"shift out and in", "\x0eqqq\x0f"},
		{"XON and XOFF", "\x13\x11"},
		{"substitute and cancel", "\x1a\x18"},
		{"DEL", "a\x7fb"},
		{"all of C0", c0()},

		// What is not seen, or is seen in another order.
		{"right-to-left override", "\u202egpj.exe"},
		{"left-to-right override", "\u202dtxt\u202c"},
		{"embedding without an end", "\u202b\u202b\u202babc"},
		{"isolate without an end", "\u2067abc"},
		{"isolates", "a\u2066b\u2069c\u2068d\u2069"},
		{"direction marks", "\u200e\u200f\u061c"},
		{"zero width space", "ad\u200bmin"},
		{"zero width non-joiner", "ad\u200cmin"},
		{"word joiner", "ad\u2060min"},
		{"byte order mark inside", "ad\ufeffmin"},
		{"soft hyphen", "ad\u00admin"},
		{"invisible operators", "f\u2061x\u2062y\u2063"},
		{"interlinear annotation", "\ufff9a\ufffab\ufffb"},
		{"tag characters", "\U000e0041\U000e0042\U000e007f"},
		{"deprecated format characters", "\u206a\u206f"},
		{"musical format characters", "\U0001d173x\U0001d17a"},
		{"line separator", "a\u2028b"},
		{"paragraph separator", "a\u2029b"},
		{"text from the right alone", "\u05e9\u05dc\u05d5\u05dd 123 \u0645\u0631\u062d\u0628\u0627"},

		// Invalid UTF-8.
		{"bytes that are never valid", "\xff\xfe"},
		{"cut in a character", "a\xe6\x9d"},
		{"continuation alone", "\x80\xbf"},
		{"overlong ESC", "\xc0\x9b[2J"},
		{"overlong slash", "..\xc0\xaf..\xc0\xafetc"},
		{"surrogates", "\xed\xa0\x80\xed\xb0\x80"},
		{"beyond Unicode", "\xf4\x90\x80\x80"},
		{"the replacement character itself", "a\ufffdb"},
		{"noncharacters", "\ufffe\uffff"},

		// What breaks a layout.
		{"10,000 combining marks", "Z" + strings.Repeat("\u0301", 10_000)},
		{"a mark first", "\u0301x"},
		{"enclosing marks", "x\u20dd\u20e3" + strings.Repeat("\u0489", 40)},
		{"vowels without a consonant", "\u0d4e\u0d15 \u0e33\u0e33 \u0915\u094d\u0937\u093f"},
		{"huge width", strings.Repeat("\u5e45", 256)},
		{"one word without an end", strings.Repeat("W", 1000)},
		{"the widest character", strings.Repeat("\ufdfd", 40)},
		{"a family", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"},
		{"skin tones", strings.Repeat("\U0001f44d\U0001f3ff", 30)},
		{"flags, the last one alone", "\U0001f1ef\U0001f1f5\U0001f1ef"},
		{"keycap and heart", "1\ufe0f\u20e3\u2764\ufe0f\u2764\ufe0e"},
		{"joiners in a row", "\U0001f469" + strings.Repeat("\u200d", 50) + "\U0001f692"},
		{"jamo", "\u1100\u1161\u11a8\u1100\u1161\u11a8 \u3164"},
		{"half-width sound marks", "\uff76\uff9e\uff8a\uff9f"},
		{"only spaces", "   \u3000\u00a0 "},

		// What is harmless on a terminal and not elsewhere.
		{"script", "<script>alert(1)</script>"},
		{"attribute", "\" onmouseover=\"alert(1)"},
		{"picture", "<img src=x onerror=alert(1)>"},
		{"comment and style", "--><style>*{display:none}</style>"},
		{"link", "javascript:alert(1)"},
		{"template", "{{.Password}} ${jndi:ldap://x} %s%n%x"},
		{"formula", "=HYPERLINK(\"https://evil.example\",\"x\")"},
		{"formula, other signs", "@SUM(1)|+1|-1|\t=1"},
		{"path", "../../../../tmp/owned"},
		{"absolute path", "/etc/passwd"},
		{"windows path", "..\\..\\con.pdf"},
		{"flag", "--dir=/tmp -x"},
		{"shell", "$(touch /tmp/owned); `id` | sh & \"'"},
		{"encoded word", "=?utf-8?q?=0d=0aBcc:_victim@example.com?="},
		{"addresses", "<victim@example.com>, \"x\" <y@example.com>"},
	}
}

// c0 gives every control character below a space.
func c0() string {
	var b strings.Builder
	for c := range byte(' ') {
		b.WriteByte(c)
	}
	return b.String()
}

// c1 gives the control characters that ECMA-48 adds, as UTF-8.
func c1() string {
	var b strings.Builder
	for r := rune(0x80); r < 0xa0; r++ {
		b.WriteRune(r)
	}
	return b.String()
}
