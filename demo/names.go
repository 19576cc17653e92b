package demo

// word is a part of a name as it is written, and in the letters that an address can hold.
type word struct{ written, ascii string }

// script is one way in which the team's names are written.
type script struct {
	share       int // of 100 members
	families    []word
	givens      []word
	space       string // between the two parts
	givenIsLast bool
}

// scripts hold what makes trouble in real rosters: variants of kanji that are told apart by one stroke, one of them
// above U+FFFF; katakana of both widths; letters with accents, composed and decomposed; the ideographic space.
var scripts = []script{
	{52, kanjiFamilies, kanjiGivens, " ", true},
	{8, kanjiFamilies, kanjiGivens, "\u3000", true},
	{5, kanjiFamilies, hiraganaGivens, "", true},
	{5, katakanaFamilies, katakanaGivens, "・", true},
	{6, halfWidthFamilies, halfWidthGivens, " ", true},
	{24, westernFamilies, westernGivens, " ", false},
}

var kanjiFamilies = []word{
	{"佐藤", "sato"}, {"鈴木", "suzuki"}, {"高橋", "takahashi"}, {"髙橋", "takahashi"}, {"田中", "tanaka"}, {"渡辺", "watanabe"},
	{"渡邊", "watanabe"}, {"渡邉", "watanabe"}, {"伊藤", "ito"}, {"山本", "yamamoto"}, {"中村", "nakamura"}, {"小林", "kobayashi"},
	{"加藤", "kato"}, {"吉田", "yoshida"}, {"𠮷田", "yoshida"}, {"𠮷野", "yoshino"}, {"山田", "yamada"}, {"佐々木", "sasaki"},
	{"山崎", "yamazaki"}, {"山﨑", "yamazaki"}, {"斎藤", "saito"}, {"齋藤", "saito"}, {"齊藤", "saito"}, {"浜田", "hamada"},
	{"濱田", "hamada"}, {"濵田", "hamada"}, {"瀬戸", "seto"}, {"瀨戸", "seto"}, {"桜井", "sakurai"}, {"櫻井", "sakurai"},
	{"広瀬", "hirose"}, {"廣瀨", "hirose"}, {"島田", "shimada"}, {"嶋田", "shimada"}, {"森", "mori"}, {"林", "hayashi"},
	{"長谷川", "hasegawa"}, {"五十嵐", "igarashi"}, {"勅使河原", "teshigawara"}, {"辻󠄀", "tsuji"}, {"邊見", "hemmi"}, {"塚本", "tsukamoto"},
}

var kanjiGivens = []word{
	{"健", "ken"}, {"翔太", "shota"}, {"大輔", "daisuke"}, {"拓也", "takuya"}, {"直樹", "naoki"}, {"誠", "makoto"}, {"隆", "takashi"},
	{"浩二", "koji"}, {"悠真", "yuma"}, {"蓮", "ren"}, {"一郎", "ichiro"}, {"龍之介", "ryunosuke"}, {"陽菜", "hina"}, {"美咲", "misaki"},
	{"恵子", "keiko"}, {"裕子", "yuko"}, {"由美", "yumi"}, {"真由美", "mayumi"}, {"結衣", "yui"}, {"葵", "aoi"}, {"凛", "rin"},
	{"千尋", "chihiro"}, {"薫", "kaoru"}, {"忍", "shinobu"}, {"瑞穂", "mizuho"}, {"彌生", "yayoi"}, {"莉子", "riko"}, {"楓", "kaede"},
}

var hiraganaGivens = []word{
	{"さくら", "sakura"}, {"ひなた", "hinata"}, {"みゆき", "miyuki"}, {"あかり", "akari"}, {"つばさ", "tsubasa"}, {"しのぶ", "shinobu"},
}

var katakanaFamilies = []word{
	{"サントス", "santos"}, {"グエン", "nguyen"}, {"シルバ", "silva"}, {"ヤマダ", "yamada"}, {"チャン", "tran"}, {"ラマ", "lama"},
}

var katakanaGivens = []word{
	{"マリア", "maria"}, {"ジョン", "john"}, {"エヴァ", "eva"}, {"ミン", "minh"}, {"カルロス", "carlos"}, {"リナ", "lina"},
}

var halfWidthFamilies = []word{
	{"ﾖｼﾀﾞ", "yoshida"}, {"ﾜﾀﾅﾍﾞ", "watanabe"}, {"ｻﾄｳ", "sato"}, {"ﾌｼﾞﾓﾄ", "fujimoto"}, {"ｵｶﾞﾜ", "ogawa"}, {"ﾏﾂﾓﾄ", "matsumoto"},
}

var halfWidthGivens = []word{
	{"ﾊﾅｺ", "hanako"}, {"ﾀﾛｳ", "taro"}, {"ｼﾞﾛｳ", "jiro"}, {"ﾕｷ", "yuki"}, {"ｱﾂｼ", "atsushi"}, {"ｶｽﾞｺ", "kazuko"},
}

var westernFamilies = []word{
	{"Dupont", "dupont"}, {"Müller", "mueller"}, {"Ångström", "angstrom"}, {"O'Brien", "obrien"}, {"Núñez", "nunez"},
	{"Smith-Jones", "smith-jones"}, {"van der Berg", "vanderberg"}, {"Dvořák", "dvorak"}, {"Kowalczyk", "kowalczyk"},
	{"Nguyễn", "nguyen"}, {"Öztürk", "ozturk"}, {"D'Angelo", "dangelo"}, {"Sørensen", "sorensen"}, {"García", "garcia"},
	{"Brown", "brown"}, {"Ivanova", "ivanova"}, {"Ștefănescu", "stefanescu"}, {"Þorsteinsdóttir", "thorsteinsdottir"},
}

var westernGivens = []word{
	{"Renée", "renee"}, {"Ame\u0301lie", "amelie"}, {"José", "jose"}, {"Zoë", "zoe"}, {"Łukasz", "lukasz"}, {"Björn", "bjoern"},
	{"Siobhán", "siobhan"}, {"Anna", "anna"}, {"Thu Hương", "thuhuong"}, {"François", "francois"}, {"Jürgen", "juergen"},
	{"Mary", "mary"}, {"David", "david"}, {"Çağla", "cagla"}, {"Nuala", "nuala"}, {"Tomáš", "tomas"},
}
