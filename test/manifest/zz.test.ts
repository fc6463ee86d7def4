import { it } from 'vitest';
import { parseManifest } from '../../src/manifest/index.js';
import { TbuildError, renderSpan } from '../../src/errors/index.js';
import { readFileSync } from 'node:fs';
const P={os:'linux',architecture:'amd64'};
const run=(t:string|Uint8Array)=>{ try{ const m=parseManifest(Buffer.from(t),{file:'image.yaml',defaultPlatform:P}); console.log(JSON.stringify({...m, p:m.platforms.map(p=>m.forPlatform(p))},(k,v)=>k==='at'||k==='sourceAt'?renderSpan(v)+'+'+v.length:v,1).slice(0,6000)); }catch(e){ if(!(e instanceof TbuildError)) throw e; for(const p of e.problems.length?e.problems:[e]) console.log(p.code, p.at&&renderSpan(p.at)+'+'+p.at.length, p.message, '|', p.hint, p.related.map(r=>renderSpan(r.at))); } };
it('x',()=>{
 for (const f of ['hello','static-site','derived']) run(readFileSync(`examples/${f}/image.yaml`));
 run(`version: 1
base: gcr.io/distroless/static
nme: x
tags: [1.10, "a b", ok, ok]
platforms: [linux/amd64, linux/x86_64, windows/amd64, linux/arm64, linux/arm64/v8]
created: 0755
vars: { version: 1.4, b: "\${version}" }
artifacts:
  server:
    run: echo "\${OUT}" \${platform.os} \${
    netwrk: false
    network: true
    sandbox: strict
    env: { OUT: x, A=B: c }
    needs: { a: srver, b: other }
  other:
    run: [go]
    needs: { s: server }
layers:
  - name: deps
    contents:
      - files: /x
        to: usr
        mode: 0755
      - fil: x
        to: /y
      - text: x
        files: y
      - text: x
      - fetch: 5
      - symlink: x
        to: /a/
      - directory: /
      - artifact: srver
        to: /a/../b
        capabilities: [CAP_NET_BIND_SERVICE, zzz]
        owner: 4294967295:0
        include: []
  - name: deps
    contents: x
config:
  entrypoint: /bin/app
  env: { A: 1, B: true, C: null }
  ports: [8080, 99999/tcp]
  labels: { constructor: x, __proto__: y, 5: z }
  usr: x
compression: { type: gzip, level: 10 }
`);
});
