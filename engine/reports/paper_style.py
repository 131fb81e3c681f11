"""How a report looks on A4 and on a screen."""

STYLE = """
@page{size:A4;margin:13mm 11mm}
*{box-sizing:border-box}
body{font:9.5pt/1.4 'Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
  color:#16202e;background:#fff;max-width:188mm;margin:0 auto;font-variant-numeric:tabular-nums}
header{border-bottom:2pt solid #b8862b;padding-bottom:2.5mm}
h1{font-size:19pt;margin:0 0 1mm;line-height:1.2}
.kind{color:#8a6216;font-weight:700;letter-spacing:.08em;margin:0}
h2{font-size:12.5pt;margin:6.5mm 0 2mm;border-bottom:.8pt solid #16202e;padding-bottom:.8mm;break-after:avoid}
h3{font-size:10pt;margin:4.5mm 0 1mm;break-after:avoid}
p{margin:1mm 0}
.small{font-size:8pt;color:#56617a}
ol,ul{margin:1mm 0;padding-left:6mm}
li{margin:1mm 0}
.glance,.figures{display:grid;gap:2mm}
.glance{grid-template-columns:repeat(4,1fr)}
.figures{grid-template-columns:repeat(5,1fr)}
.card{display:flex;flex-direction:column;border:.6pt solid #c9d1de;border-radius:1.2mm;padding:1.6mm 2mm;
  break-inside:avoid;color:inherit;text-decoration:none;min-width:0}
.card .name{font-size:8pt;color:#56617a}
.card .value{font-size:12.5pt;line-height:1.25}
.glance .value{font-size:16pt}
.card .cannot{font-size:8.5pt;font-weight:400;color:#8a6216;padding:.6mm 0}
.card .note{font-size:7.2pt;color:#56617a;margin-top:auto}
table{width:100%;border-collapse:collapse}
thead{display:table-header-group}
tr{break-inside:avoid}
th,td{border-bottom:.4pt solid #c9d1de;padding:.9mm 1.4mm;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{font-size:8pt;color:#56617a;border-bottom:.8pt solid #16202e;overflow-wrap:normal}
.n{text-align:right;white-space:nowrap}
th.n{white-space:normal}
.wide{font-size:7.6pt}
.wide th{font-size:7pt}
.wide th,.wide td{padding:.8mm 1mm}
.deeds{font-size:8.2pt;table-layout:fixed}
.deeds th:nth-child(2){width:11%}
.deeds th:nth-child(n+3){width:17%}
.deeds th:last-child{width:20%}
.trace{break-before:page}
.trace td:last-child{white-space:nowrap}
pre{font:7.4pt/1.35 'JetBrains Mono','Noto Sans Mono CJK SC',monospace;margin:0;white-space:pre-wrap;
  overflow-wrap:anywhere}
dt{font-weight:700;font-size:8pt;margin-top:1.5mm}
dd{margin:0 0 0 4mm}
:target{background:#fff3cf}
@media screen{body{padding:8mm 5mm}}
"""
