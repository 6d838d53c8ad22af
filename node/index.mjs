// ringfort for `import`: the same class as for `require`.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ringfort from './index.cjs';

export const { WASI } = ringfort;
export default ringfort;
