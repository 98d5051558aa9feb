// course widgets; built by web/build.mjs from sources 1962d148c666b667b5c8a2dfe92a9a33ffe468f552225ac28da794139e81a3cf; layout by dagre (MIT)
var D="http://www.w3.org/2000/svg";function o(t,e,...l){return T(document.createElement(t),e,l)}function w(t,e,...l){return T(document.createElementNS(D,t),e,l)}function $(t,...e){t.replaceChildren(...N(e))}function T(t,e,l){for(let[c,a]of Object.entries(e??{}))typeof a=="function"?t.addEventListener(c.slice(2),a):a===!0?t.setAttribute(c,""):a!==!1&&a!=null&&t.setAttribute(c,String(a));return t.append(...N(l)),t}function N(t){return t.flat().filter(e=>e!=null&&e!==!1).map(e=>e instanceof Node?e:String(e))}var P=`/* Everything lives in a shadow root, so no page's style reaches in and none of ours leaks out. JupyterLab's variables
   pass through a shadow root by inheritance; elsewhere the fallbacks hold. \`color-scheme\` is set by engine.js. */
:host {
  --ink: var(--jp-content-font-color1, light-dark(#1d2126, #e6e8eb));
  --soft: light-dark(#59616b, #a3acb8);
  --paper: var(--jp-layout-color0, light-dark(#ffffff, #14171a));
  --raised: light-dark(#f5f6f8, #1f2429);
  --line: light-dark(#d3d8de, #3a424b);
  --strong-line: light-dark(#838c97, #7d8894);
  /* Roles. Each has a contrast of 4.5 on paper, and a word or a shape beside it. */
  --leaf: light-dark(#00705b, #3ecfae);
  --operation: light-dark(#0b62b0, #79b8ff);
  --output: light-dark(#86358a, #dd9ae0);
  --gradient: light-dark(#b0430a, #ff9d66);
  --wrong: light-dark(#b3261e, #ff8a80);
  --value-positive: light-dark(#2f7ed8, #4c8fe0);
  --value-negative: light-dark(#e07b2a, #d07a35);
  --accent: var(--operation);
  --sans: var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", sans-serif);
  --mono: var(--jp-code-font-family, ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace);
  display: block;
  max-width: 100%;
  color: var(--ink);
  background: var(--paper);
  font: 13px/1.45 var(--sans);
  text-align: left;
}
*, *::before, *::after { box-sizing: border-box; }
.widget { padding: 10px; min-width: 0; container-type: inline-size; }
.widget > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; margin: 0 0 8px; }
.widget > header h3 { margin: 0; font: 600 14px/1.4 var(--sans); overflow-wrap: anywhere; }
.widget > header p { margin: 0; color: var(--soft); }
p { margin: 0 0 6px; }
code, .mono { font-family: var(--mono); font-size: 12px; }
.note { color: var(--soft); font-size: 12px; margin: 6px 0 0; }
.note.wrong, .wrong-text { color: var(--wrong); }
.hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

button, select, input { font: inherit; color: inherit; }
button {
  min-width: 30px; min-height: 28px; padding: 2px 8px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--raised); cursor: pointer; display: inline-flex; align-items: center; justify-content: center; gap: 5px;
}
button:hover:not(:disabled) { border-color: var(--strong-line); }
button:disabled { opacity: .45; cursor: default; }
button[aria-pressed="true"] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
button svg { width: 14px; height: 14px; fill: currentColor; }
input[type="search"], input[type="number"], select {
  border: 1px solid var(--strong-line); border-radius: 6px; background: var(--paper); padding: 3px 7px; min-height: 28px;
}
input[type="range"] { accent-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.widget:focus { outline: none; }

.player { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; margin: 8px 0; }
.player .keys { display: inline-flex; gap: 4px; }
.player input[type="range"] { flex: 1 1 120px; min-width: 80px; }
.player .where { font-variant-numeric: tabular-nums; color: var(--soft); white-space: nowrap; }

.cells { display: inline-grid; gap: 1px; font: 11px/1 var(--mono); vertical-align: middle; }
.cells .cell { min-width: 34px; padding: 5px 4px; text-align: center; border-radius: 2px; background: var(--raised); white-space: nowrap; }
.cells.small .cell { min-width: 10px; padding: 2px 3px; font-size: 10px; }
.cells .cell.lit { outline: 2px solid var(--accent); outline-offset: -1px; }
.cells .gap { height: 4px; grid-column: 1 / -1; }
.histogram { display: inline-block; vertical-align: middle; }
.histogram rect { fill: var(--value-positive); }
.statistics { color: var(--soft); font: 11px/1.5 var(--mono); }
.scroll { overflow: auto; max-width: 100%; }
.scroll:focus-visible { outline-offset: -2px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; color: var(--soft); font-size: 12px; }
.legend svg { vertical-align: -3px; margin-right: 5px; }
svg text { fill: var(--ink); font-family: var(--mono); }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`;var I=`table { border-collapse: separate; border-spacing: 5px 3px; font: 14px/1 var(--mono); }
th { text-align: right; font-weight: 400; color: var(--soft); padding-right: 8px; max-width: 14em; overflow: hidden; text-overflow: ellipsis; }
td { min-width: 46px; height: 34px; padding: 0 9px; text-align: center; border: 1px solid var(--line); border-radius: 5px; white-space: nowrap; }
td small { color: var(--gradient); font-size: 11px; }
td.missing { border-style: dashed; color: var(--soft); }
td.stretched { border-color: var(--gradient); }
td.now { box-shadow: inset 0 0 0 2px var(--accent); }
td.wrong { border-color: var(--wrong); color: var(--wrong); }
tr.result td { background: var(--raised); font-weight: 600; }
.says { min-height: 2.9em; margin: 8px 0; }
.blocks { display: flex; flex-wrap: wrap; gap: 12px 28px; }
figure { margin: 0; }
figcaption { margin-top: 4px; }
rect.own { fill: color-mix(in oklab, var(--operation) 55%, var(--paper)); stroke: var(--operation); }
rect.copy { fill: none; stroke: var(--strong-line); stroke-dasharray: 2 2; }
`;var K={first:"M2 2h2v10H2zM13 2v10L5 7z",back:"M11 2v10L4 7z",play:"M3 1.5v11L12 7z",pause:"M3 2h3v10H3zM8 2h3v10H8z",next:"M3 2v10l7-5z",last:"M10 2h2v10h-2zM1 2v10l8-5z"},z=t=>w("svg",{viewBox:"0 0 14 14","aria-hidden":"true"},w("path",{d:K[t]}));function O({count:t,onStep:e,label:l,start:c=0,pace:a=900,keys:g}){let n=Math.min(c,t-1),s=0,i=o("span",{class:"where"}),r=o("input",{type:"range",min:0,max:t-1,value:n,"aria-label":"step",oninput:()=>{m(),h(Number(r.value))}}),d=(p,x,E)=>o("button",{type:"button",title:x,"aria-label":x,onclick:E},z(p)),f=d("first","To the first step (Home)",()=>{m(),h(0)}),b=d("back","One step back (Left arrow)",()=>{m(),h(n-1)}),u=d("play","Play (Space)",()=>A()),v=d("next","One step on (Right arrow)",()=>{m(),h(n+1)}),j=d("last","To the last step (End)",()=>{m(),h(t-1)}),C=o("div",{class:"player",role:"group","aria-label":"Steps"},o("span",{class:"keys"},f,b,u,v,j),r,i);function M(){r.max=String(t-1),r.value=String(n);let p=l?l(n):`step ${n+1} of ${t}`;i.textContent=p,r.setAttribute("aria-valuetext",p),f.disabled=b.disabled=n<=0,v.disabled=j.disabled=n>=t-1,u.disabled=t<2}function h(p){let x=Math.max(0,Math.min(t-1,p));x!==n&&(n=x,M(),e(n))}function m(){s&&(clearInterval(s),s=0,u.replaceChildren(z("play")),u.setAttribute("aria-label","Play (Space)"))}function A(){if(s)return m();n>=t-1&&h(0),u.replaceChildren(z("pause")),u.setAttribute("aria-label","Pause (Space)"),s=window.setInterval(()=>{if(!C.isConnected||n>=t-1)return m();h(n+1),n>=t-1&&m()},a)}return g?.addEventListener("keydown",p=>{let x=p.composedPath()[0];if(x.matches("input:not([type=range]), select, textarea")||p.ctrlKey||p.metaKey||p.altKey||p.key===" "&&x.matches("button, summary, input"))return;let L={ArrowRight:()=>h(n+1),ArrowDown:()=>h(n+1),ArrowLeft:()=>h(n-1),ArrowUp:()=>h(n-1),Home:()=>h(0),End:()=>h(t-1)," ":A}[p.key];L&&(p.key!==" "&&m(),L(),p.preventDefault(),p.stopPropagation())}),M(),{element:C,go:h,stop:m,get index(){return n},resize(p,x=0){m(),t=p,n=Math.max(0,Math.min(p-1,x)),M()}}}function k(t){return t?t.length===1?`(${t[0]},)`:`(${t.join(", ")})`:"shape unknown"}var y=15,S=8;function H(t,{widget:e,announce:l}){let c=o("div",{class:"scroll",tabindex:0,role:"region","aria-label":"the shapes, aligned from the right"}),a=o("p",{class:"says"}),g=o("div",{class:"blocks"}),n=t.columns.length+1,s=O({count:n,start:n-1,keys:e,onStep:i,label:r=>r<t.columns.length?`dimension ${r+1} of ${t.columns.length}, from the right`:"result"});function i(r){$(c,V(t,r));let d=r<t.columns.length?t.columns[r].says:t.error??`The result has shape ${k(t.result)}.`;a.textContent=d,a.className=t.error&&(r>=t.columns.length||t.columns[r].result===null)?"says wrong-text":"says",l(d)}return i(n-1),$(g,t.result?t.operands.map(r=>F(r,t.result)):null),e.append(o("header",{},o("h3",{},t.name)),s.element,c,a,g),{destroy:s.stop}}function V(t,e){let l=t.columns.length-1,c=t.columns.map((s,i)=>l-i),a=(s,i)=>o("tr",{},o("th",{scope:"row"},s),c.map(i)),g=t.operands.map((s,i)=>a(s.name,r=>{let d=t.columns[r].sizes[i],f=r<=e,b=f&&d!==t.columns[r].result&&t.columns[r].result!==null,u=d===null?f?"1":"":String(d),v=[r===e?"now":"",b?"stretched":"",d===null?"missing":"",f&&t.columns[r].result===null?"wrong":""].join(" ");return o("td",{class:v,title:b?"stretched":null},u,b?o("small",{},` → ${t.columns[r].result}`):null)})),n=a("result",s=>{let{result:i}=t.columns[s];return o("td",{class:s===e?"now":""},s>e?"":i===null?"✗":String(i))});return n.className="result",o("table",{},o("tbody",{},g,n))}function F(t,e){let[l,c]=[e.at(-2)??1,e.at(-1)??1].map(i=>Math.min(i,S)),a=[t.shape.at(-2)??1,t.shape.at(-1)??1],g=[];for(let i=0;i<l;i++)for(let r=0;r<c;r++){let d=i<a[0]&&r<a[1];g.push(w("rect",{x:r*y+1,y:i*y+1,width:y-2,height:y-2,rx:2,class:d?"own":"copy"}))}let n=`${t.name} ${k(t.shape)}`,s=e.length>2||(e.at(-1)??1)>S||(e.at(-2)??1)>S;return o("figure",{},w("svg",{width:c*y,height:l*y,role:"img","aria-label":`${n} stretched to ${k(e)}`},g),o("figcaption",{},o("code",{},n),s?o("span",{class:"note"}," (a corner of it)"):null))}var U={broadcast:{view:H,css:I}};function lt(t,{kind:e,data:l,channel:c=null}){let a=U[e],g=t.shadowRoot??t.attachShadow({mode:"open"}),n=o("div",{class:"hidden-text","aria-live":"polite"}),s=o("div",{class:"widget",role:"group",tabindex:0,"aria-label":l?.name??e}),i=o("style",{},P+(a?.css??""));g.replaceChildren(i,s,n),t.setAttribute("data-lm-suppress-shortcuts","true");let r=G(t);if(!a)return s.append(o("p",{},`This page does not know widgets of the kind “${e}”; install the newer course.`)),r;let d={widget:s,channel:c,announce:u=>{n.textContent=u}},f=a.view(l,d),b=c?.onData(u=>{if(f&&f.update)return f.update(u);f&&f.destroy&&f.destroy(),s.replaceChildren(),f=a.view(u,d)});return()=>{b?.(),r(),f&&f.destroy&&f.destroy()}}function G(t){let e=()=>{let c=document.body.dataset.jpThemeLight;t.style.colorScheme=c==="true"?"light":c==="false"?"dark":"light dark"};e();let l=new MutationObserver(e);return l.observe(document.body,{attributes:!0,attributeFilter:["data-jp-theme-light"]}),()=>l.disconnect()}export{lt as mount};
