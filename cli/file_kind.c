/*
 * The first bytes of files that are given by mistake.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "file_kind.h"

#include <string.h>
#include <strings.h>

static const char build_it[] = "build the program for wasm32-wasip1";
static const char unpack_it[] = "unpack it, and name the module in it";
static const char load_it_again[] = "look at it: a download may have answered with an error";
static const char save_it[] = "save it as UTF-8";

struct row {
    struct file_kind kind;
    size_t offset;
    size_t length;
    const char *bytes;
};

#define AT(offset, bytes) (offset), sizeof(bytes) - 1, (bytes)

static const struct row rows[] = {
    { { "an ELF file, a program or library of Linux or another system", build_it },
      AT(0, "\177ELF") },
    { { "a program or library of Windows", build_it }, AT(0, "MZ") },
    { { "a program or library of macOS", build_it }, AT(0, "\xcf\xfa\xed\xfe") },
    { { "a program or library of macOS", build_it }, AT(0, "\xce\xfa\xed\xfe") },
    { { "a program or library of macOS", build_it }, AT(0, "\xfe\xed\xfa\xcf") },
    { { "a program or library of macOS", build_it }, AT(0, "\xfe\xed\xfa\xce") },
    { { "a program of macOS for several processors, or a class of Java", build_it },
      AT(0, "\xca\xfe\xba\xbe") },
    { { "a static library", "link it into a program for wasm32-wasip1" }, AT(0, "!<arch>\n") },
    { { "LLVM bitcode", "link it into a program for wasm32-wasip1" }, AT(0, "BC\xc0\xde") },
    { { "a file compressed with gzip", unpack_it }, AT(0, "\x1f\x8b") },
    { { "a file compressed with bzip2", unpack_it }, AT(0, "BZh") },
    { { "a file compressed with xz", unpack_it },
      AT(0, "\xfd"
            "7zXZ\0") },
    { { "a file compressed with Zstandard", unpack_it }, AT(0, "\x28\xb5\x2f\xfd") },
    { { "a 7-Zip archive", unpack_it }, AT(0, "7z\xbc\xaf\x27\x1c") },
    { { "a zip archive", unpack_it }, AT(0, "PK\3\4") },
    { { "a zip archive", unpack_it }, AT(0, "PK\5\6") },
    { { "a tar archive", unpack_it }, AT(257, "ustar") },
    { { "a script", "run it with its interpreter" }, AT(0, "#!") },
    { { "text in UTF-16", save_it }, AT(0, "\xff\xfe") },
    { { "text in UTF-16", save_it }, AT(0, "\xfe\xff") },
};

static size_t after_mark(const uint8_t *bytes, size_t length)
{
    return length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool has_word(const uint8_t *bytes, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp((const char *)bytes, word, strlen(word)) == 0;
}

/* Pages and documents begin after blanks, in letters of either case. */
static const struct file_kind *document_of(const uint8_t *bytes, size_t length)
{
    static const struct file_kind html = { "an HTML page", load_it_again };
    static const struct file_kind xml = { "an XML document", load_it_again };
    static const struct file_kind json = { "a JSON document", load_it_again };
    size_t at = after_mark(bytes, length);
    while (at < length && is_blank(bytes[at])) {
        at++;
    }
    if (has_word(bytes + at, length - at, "<!doctype html") ||
        has_word(bytes + at, length - at, "<html")) {
        return &html;
    }
    if (has_word(bytes + at, length - at, "<?xml")) {
        return &xml;
    }
    const bool is_json = has_word(bytes + at, length - at, "{\"") ||
                         has_word(bytes + at, length - at, "{}") ||
                         has_word(bytes + at, length - at, "{\n");
    return is_json ? &json : NULL;
}

static const struct file_kind *kind_by_magic(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (length >= row->offset + row->length &&
            memcmp(bytes + row->offset, row->bytes, row->length) == 0) {
            return &row->kind;
        }
    }
    return NULL;
}

const struct file_kind *file_kind_of(const uint8_t *bytes, size_t length)
{
    const struct file_kind *kind = kind_by_magic(bytes, length);
    return kind != NULL ? kind : document_of(bytes, length);
}

/* ---- Text of WebAssembly ---- */

bool file_kind_is_text(const uint8_t *bytes, size_t length)
{
    size_t at = after_mark(bytes, length);
    while (at < length && is_blank(bytes[at])) {
        at++;
    }
    const size_t left = length - at;
    return left > 1 && (bytes[at] == '(' || (bytes[at] == ';' && bytes[at + 1] == ';')) &&
           kind_by_magic(bytes, length) == NULL; /* Zstandard's begins with a parenthesis */
}

/* Where a comment in (; ;) ends, which may hold others. */
static size_t after_block(const uint8_t *bytes, size_t length, size_t at)
{
    size_t depth = 0;
    do {
        if (length - at >= 2 && bytes[at] == '(' && bytes[at + 1] == ';') {
            depth++;
            at += 2;
        } else if (length - at >= 2 && bytes[at] == ';' && bytes[at + 1] == ')') {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth > 0 && at < length);
    return at;
}

static size_t skip_blanks_and_comments(const uint8_t *bytes, size_t length, size_t at)
{
    while (at < length) {
        const bool has_two = length - at >= 2;
        if (is_blank(bytes[at])) {
            at++;
        } else if (has_two && bytes[at] == ';' && bytes[at + 1] == ';') {
            const uint8_t *end = memchr(bytes + at, '\n', length - at);
            at = end != NULL ? (size_t)(end - bytes) : length;
        } else if (has_two && bytes[at] == '(' && bytes[at + 1] == ';') {
            at = after_block(bytes, length, at);
        } else {
            break;
        }
    }
    return at;
}

bool file_kind_is_component_text(const uint8_t *bytes, size_t length)
{
    size_t at = skip_blanks_and_comments(bytes, length, after_mark(bytes, length));
    if (at == length || bytes[at] != '(') {
        return false;
    }
    at = skip_blanks_and_comments(bytes, length, at + 1);
    return has_word(bytes + at, length - at, "component");
}
