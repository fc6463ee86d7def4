import { it } from 'vitest';
import { parseManifest } from '../../src/manifest/index.js';
import { TbuildError, renderSpan } from '../../src/errors/index.js';
const P={os:'linux',architecture:'amd64'};
const run=(label:string,t:string|Uint8Array)=>{ const t0=Date.now(); let out=''; try{ parseManifest(Buffer.from(t),{file:'image.yaml',defaultPlatform:P}); out='ok'; }catch(e){ if(!(e instanceof TbuildError)) out='BUG '+(e as Error).stack; else out=(e.problems.length?e.problems:[e]).slice(0,4).map(p=>p.code+' '+(p.at&&renderSpan(p.at))+' '+p.message.slice(0,140)).join(' ;; ')+' #'+e.problems.length; } const ms=Date.now()-t0; console.log(ms,'ms',label,out); };
const M=1024*1024;
it('x',()=>{
 const pat:Record<string,string>={lb:'[',lc:'{',dash:'- ',q:'? ',colon:': ',nl:'\n',sp:' ',a:'a',akey:'a: 1\n',tag:'!a ',anchor:'&a ',alias:'*a ',hash:'#',dq:'"',sq:"'",bq:'- "a\n',tab:'\t',pct:'%a\n',doc:'---\n',docs:'a: 1\n---\n',flow:'[a],',comma:',',pipe:'|\n',bs:'\\',excl:'!',amp:'&',star:'*',ca:'- a\n',cc:'-\n',ba:'a\n ',deepstair:''};
 for(const [k,v] of Object.entries(pat)) if(v) { run(k, v.repeat(Math.floor(M/v.length))); }
 for(const [k,v] of Object.entries(pat)) if(v) { run('in version '+k, 'version: 1\nbase: scratch\nx: '+ v.repeat(Math.floor((M-40)/v.length))); }
 run('uniq keys','version: 1\nbase: scratch\nvars:\n'+Array.from({length:70000},(_,i)=>`  k${i}: ${i}`).join('\n'));
 run('uniq keys ok','version: 1\nbase: scratch\nvars:\n'+Array.from({length:60000},(_,i)=>`  k${i}: "${i}"`).join('\n'));
 run('unknown keys','version: 1\nbase: scratch\n'+Array.from({length:80000},(_,i)=>`k${i}: ${i}`).join('\n'));
 run('flow list','version: 1\nbase: scratch\ntags: ['+Array.from({length:150000},(_,i)=>`${i}`).join(',')+']');
 run('flow list uniq','version: 1\nbase: scratch\ntags: ['+Array.from({length:80000},(_,i)=>`a${i}`).join(',')+']');
 run('var bomb','version: 1\nbase: scratch\nvars: {a: '+'x'.repeat(500000)+'}\nannotations: {x: "'+'${a}'.repeat(100000)+'"}');
 run('var bomb2','version: 1\nbase: scratch\nvars: {a: '+'x'.repeat(300000)+'}\nconfig: {cmd: ['+Array(80000).fill('"${a}"').join(',')+']}');
 run('undef','version: 1\nbase: scratch\nannotations: {x: "'+'${a}'.repeat(200000)+'"}');
 run('unterm','version: 1\nbase: scratch\nannotations: {x: "'+'${'.repeat(400000)+'"}');
 run('escapes','version: 1\nbase: scratch\nannotations: {x: "'+'$${'.repeat(300000)+'"}');
 run('plats','version: 1\nbase: scratch\nplatforms: ['+Array.from({length:60000},()=>'linux/amd64').join(',')+']\nannotations: {x: "${platform.os}"}');
 run('100plats','version: 1\nbase: scratch\nplatforms: ['+Array.from({length:100},(_,i)=>'linux/arm/v'+i).join(',')+']\nannotations: {'+Array.from({length:30000},(_,i)=>`a${i}: "\${platform.os}"`).join(',')+'}');
 run('chain','version: 1\nbase: scratch\nartifacts:\n'+Array.from({length:20000},(_,i)=>`  a${i}: {run: x, needs: {n: a${i+1}}}`).join('\n'));
 run('cycles','version: 1\nbase: scratch\nartifacts:\n'+Array.from({length:15000},(_,i)=>`  a${i}: {run: x, needs: {n: a${(i+1)%15000}, m: a0}}`).join('\n'));
 run('longname','version: 1\nbase: scratch\nname: '+'a.'.repeat(500000));
 run('longname2','version: 1\nbase: scratch\nname: '+'a'.repeat(1000000)+'/');
 run('longto','version: 1\nbase: scratch\nlayers: [{name: x, contents: [{text: x, to: /'+'a/'.repeat(500000)+'}]}]');
 run('contents','version: 1\nbase: scratch\nlayers: [{name: x, contents: ['+Array(40000).fill('{text: x, to: /a}').join(',')+']}]');
 run('longline','version: 1\nbase: scratch\nx: '+'y'.repeat(900000));
 for(let i=0;i<3;i++) run('20000[','['.repeat(20000));
});
