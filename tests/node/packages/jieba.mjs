// Cuts Chinese sentences into words with @node-rs/jieba and its dictionary.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { report, require } from './report.mjs';

const { Jieba } = require('@node-rs/jieba');
const { dict } = require('@node-rs/jieba/dict');

const jieba = Jieba.withDict(dict);
await report({
  exact: jieba.cut('我们中出了一个叛徒', false),
  search: jieba.cutForSearch('小明硕士毕业于中国科学院计算所', true),
});
