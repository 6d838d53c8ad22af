// Evaluates a Ruby script that writes, reads, lists and removes files beneath a preopen.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { WASI } from 'node:wasi';
import { fileOf, folder, report, require } from './report.mjs';

const { RubyVM } = require('@ruby/wasm-wasi');

writeFileSync(join(folder, 'host.txt'), 'from the host');
const wasi = new WASI({ version: 'preview1', returnOnExit: true, env: process.env, preopens: { '/box': folder } });
const module = await WebAssembly.compile(readFileSync(fileOf('@ruby/3.4-wasm-wasi/dist/ruby.wasm')));
const { vm } = await RubyVM.instantiateModule({ module, wasip1: wasi });

const script = String.raw`
  File.write('/box/kept.txt', 'from ruby')
  Dir.mkdir('/box/sub')
  File.open('/box/sub/lines.txt', 'w') { |f| 3.times { |i| f.puts "line #{i}" } }
  File.open('/box/sub/lines.txt', 'a') { |f| f.puts 'appended' }
  File.rename('/box/sub/lines.txt', '/box/sub/renamed.txt')
  lines = File.readlines('/box/sub/renamed.txt', chomp: true)
  size = File.size('/box/sub/renamed.txt')
  listed = Dir.children('/box').sort
  File.delete('/box/sub/renamed.txt')
  Dir.rmdir('/box/sub')
  outside = begin
    File.read('/box/../host.txt')
  rescue SystemCallError => error
    error.class.name
  end
  [RUBY_VERSION[0, 3], File.read('/box/host.txt'), lines.join(','), size, listed.join(','),
   Dir.exist?('/box/sub'), outside].join('|')
`;
await report({
  answer: vm.eval(script).toString(),
  kept: readFileSync(join(folder, 'kept.txt'), 'utf8'),
  files: readdirSync(folder).sort(),
});
