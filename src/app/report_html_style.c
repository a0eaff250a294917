/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The style sheet of the HTML report, and its hash, which the page's policy names: whoever changes the one changes the other
 * (tests/unit/test_report_html.c says what it is). Colours are those of Okabe and Ito (blue, vermilion, sky), which
 * colour-blind readers tell apart, made darker or lighter until letters have 4.5 : 1 on their ground and shapes 3 : 1. No <
 * and no & in it.
 */
#include "app/report_html_parts.h"

const char report_html_style_hash[] = "nOeZJjY0gOLM+LkIoYhPr0FzDJx3pu8ieaB+jRc9Uco=";

const char *const report_html_style[] = {
	":root{color-scheme:light dark;--paper:#f6f7f8;--card:#fff;--ink:#1a1f24;--dim:#57606a;--hair:#dfe3e7;--link:#00578f;"
	"--alert:#b33c00;--k0:#d55e00;--k1:#5f97c2;--line:#0072b2;--line1:#d55e00;--mid:#5b6b7a;--band:#d9e8f3;--bar:#0072b2;"
	"--unsure:#8a6d00;--tag:#eaeef1}\n",
	"@media(prefers-color-scheme:dark){:root{--paper:#111417;--card:#191d21;--ink:#e4e7ea;--dim:#a0a9b2;--hair:#30363d;"
	"--link:#7cc0f0;--alert:#ff9d66;--k0:#f08030;--k1:#3f6f94;--line:#5eb3ea;--line1:#f08a3c;--mid:#9fb0bf;--band:#1f3a50;"
	"--bar:#5eb3ea;--unsure:#d8b128;--tag:#272d33}}\n",
	"*{box-sizing:border-box}\n",
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n",
	"body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,"
	"\"Noto Sans\",\"Helvetica Neue\",Arial,sans-serif;font-variant-numeric:tabular-nums}\n",
	"header,nav,main,footer{max-width:1080px;margin:0 auto;padding:0 24px}\n",
	"header{padding-top:32px}\n",
	".brand{margin:0;color:var(--dim);font-size:13px;letter-spacing:.04em}\n",
	"h1{margin:2px 0 4px;font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}\n",
	"h2{margin:0 0 4px;font-size:19px;line-height:1.3;font-weight:650}\n",
	"h3,caption{margin:0 0 4px;font-size:14px;line-height:1.4;font-weight:650;text-align:left}\n",
	"p{margin:0 0 8px}\n",
	".span{font-size:16px}\n",
	".dim,small,.more,.lead,.nothing{color:var(--dim)}\n",
	".lead{max-width:76ch;margin-bottom:14px}\n",
	".tags{margin:8px 0 0}\n",
	".tag{display:inline-block;padding:1px 9px;border-radius:10px;background:var(--tag);font-size:13px}\n",
	".tag.enforce{background:var(--link);color:var(--card)}\n",
	"a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}\n",
	"a:focus-visible{outline:2px solid var(--link);outline-offset:2px}\n",
	"code,th bdi,#life td bdi{overflow-wrap:anywhere}\n",
	"td bdi,.three li{overflow-wrap:break-word}\n",
	"code{font-family:ui-monospace,\"SF Mono\",\"Cascadia Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace;font-size:.92em}\n",
	"nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;margin:18px 0 0;padding:0;list-style:none;font-size:14px}\n",
	"section{margin:20px 0;padding:22px 24px 18px;background:var(--card);border:1px solid var(--hair);border-radius:8px}\n",
	".verdict{margin:0 0 16px;font-size:23px;line-height:1.3;font-weight:600;letter-spacing:-.005em;text-wrap:balance}\n",
	".three{display:grid;grid-template-columns:repeat(3,1fr);gap:8px 32px}\n",
	".three ul{margin:0 0 8px;padding:0;list-style:none}\n",
	".three li{padding:2px 0}\n",
	".three h3{padding-bottom:4px;border-bottom:1px solid var(--hair)}\n",
	".tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px 32px;margin:14px 0 4px;padding-top:16px;"
	"border-top:1px solid var(--hair)}\n",
	".tiles dt{color:var(--dim);font-size:13px}\n",
	".tiles small{display:block}\n",
	".tiles dd,.facts dd{margin:0}\n",
	".tiles b{font-size:22px;font-weight:600;letter-spacing:-.01em}\n",
	".facts{display:grid;grid-template-columns:repeat(3,1fr);gap:10px 32px;margin:6px 0 18px}\n",
	".facts dt{color:var(--dim);font-size:13px}\n",
	".facts dd{overflow-wrap:anywhere}\n",
	"figure{margin:14px 0 6px;break-inside:avoid}\n",
	"figcaption{font-size:14px;font-weight:650}\n",
	"figcaption .dim{font-weight:400}\n",
	".keys{display:flex;flex-wrap:wrap;gap:0 16px;margin:0;padding:0;list-style:none;color:var(--dim);font-size:13px}\n",
	".keys svg{vertical-align:-1px}\n",
	".plot,.bar,.spark{display:block;overflow:visible}\n",
	".grid{stroke:var(--hair)}\n",
	".base,.tick{stroke:var(--mid)}\n",
	".lab{fill:var(--dim);font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}\n",
	".k0{fill:var(--k0)}\n",
	".k1{fill:var(--k1)}\n",
	".line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}\n",
	".line.k0{stroke:var(--line)}\n",
	".line.k1{stroke:var(--line1)}\n",
	".mid{fill:none;stroke:var(--mid);stroke-width:1;stroke-dasharray:2 3}\n",
	".band{fill:var(--band)}\n",
	".mark{fill:var(--k0);stroke:var(--card);stroke-width:1}\n",
	".unsure{fill:var(--unsure);stroke:var(--unsure);stroke-width:0}\n",
	"line.unsure{stroke-width:3}\n",
	".bar rect{fill:var(--bar)}\n",
	".bar{margin-top:3px;background:var(--tag);border-radius:2px}\n",
	".spark{margin-top:4px}\n",
	".spark path{fill:none;stroke:var(--line);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}\n",
	".pair,.tops{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:10px 40px}\n",
	".pair .odd{display:none}\n",
	".top{margin:10px 0}\n",
	".wide{grid-column:1/-1}\n",
	"table{width:100%;margin:6px 0 8px;border-collapse:collapse;font-size:14px}\n",
	"caption{padding:8px 0 4px}\n",
	"th,td{padding:6px 0 6px 14px;text-align:left;vertical-align:top;font-weight:400;border-top:1px solid var(--hair)}\n",
	"th:first-child{padding-left:0}\n",
	"tbody th{width:30%;min-width:9em}\n",
	".top tbody th{width:45%}\n",
	"thead th{padding-top:2px;padding-bottom:4px;border-top:0;color:var(--dim);font-size:13px;vertical-align:bottom}\n",
	"tbody th bdi{font-weight:550}\n",
	"small{font-size:13px}\n",
	"tbody small bdi{font-weight:400}\n",
	".n{text-align:right;white-space:nowrap}\n",
	".flag{color:var(--alert);font-weight:600}\n",
	".flag::before{content:\"! \"}\n",
	".more{font-size:13px}\n",
	".troubles{margin:0;padding-left:18px}\n",
	"footer{padding-bottom:40px;color:var(--dim);font-size:13px}\n",
	".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}\n",
	"@media print,screen and (min-width:761px){#measures small,#doubts small{display:block}#measures td small{white-space:nowrap}"
	"#measures tbody th{width:20%}}\n",
	"@media screen and (max-width:760px){header,nav,main,footer{padding-left:14px;padding-right:14px}header{padding-top:20px}"
	"h1{font-size:25px}.verdict{font-size:20px}section{margin:14px 0;padding:16px 14px 12px}"
	".three,.pair,.tops,.facts{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:12px 20px}"
	".lab.odd{display:none}"
	"table,tbody,tr,tbody th,td,caption{display:block}tbody th,.top tbody th{width:auto}"
	"thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
	"tr{padding:7px 0;border-top:1px solid var(--hair)}th,td,th:first-child{padding:0;border:0}"
	"td{display:inline-block;margin-right:14px;text-align:left;white-space:normal;overflow-wrap:anywhere}"
	".z{display:none}"
	"td::before{content:attr(data-l) \" \";color:var(--dim);font-size:13px}}\n",
	"@media print{@page{size:A4;margin:14mm 12mm}:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--dim:#454d55;"
	"--hair:#ccd2d8;--link:#00578f;--alert:#a33600;--k0:#d55e00;--k1:#5f97c2;--line:#0072b2;--line1:#d55e00;--mid:#5b6b7a;"
	"--band:#d9e8f3;--bar:#0072b2;--unsure:#8a6d00;--tag:#eaeef1}body{font-size:10pt}"
	"header,nav,main,footer{max-width:none;padding:0}nav{display:none}"
	"section{margin:0;padding:12px 0 6px;border:0;border-top:1px solid var(--hair);border-radius:0}"
	"h2,h3,.lead,caption,figcaption{break-after:avoid}table:not(:has(tbody tr:nth-child(9))){break-inside:avoid}tr,figure,.three,.lead{break-inside:avoid}thead{display:table-header-group}"
	".tops{grid-template-columns:minmax(0,1fr)}table{font-size:9pt}a{color:inherit;text-decoration:none}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n",
	NULL,
};
