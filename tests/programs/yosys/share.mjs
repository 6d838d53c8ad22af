// Writes the files of yosys's share folder, which its npm package keeps as strings in a module, below a folder.
// Usage: node share.mjs PACKAGE_FOLDER OUT
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packageFolder, out] = process.argv.slice(2);

function write(folder, tree) {
    mkdirSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(tree)) {
        const path = join(folder, name);
        if (value instanceof URL) {
            copyFileSync(value, path);
        } else if (typeof value === "string" || value instanceof Uint8Array) {
            writeFileSync(path, value);
        } else {
            write(path, value);
        }
    }
}

const { filesystem } = await import(pathToFileURL(resolve(packageFolder, "gen/resources-yosys.js")));
write(out, filesystem.share);
