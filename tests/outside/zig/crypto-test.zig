//! Stands in for std/crypto/test.zig, whose text the package leaves out: the two checks that other tests call.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
const std = @import("std");

pub fn assertEqualHash(
    comptime Hasher: anytype,
    comptime expected_hex: *const [Hasher.digest_length * 2:0]u8,
    input: []const u8,
) !void {
    var digest: [Hasher.digest_length]u8 = undefined;
    Hasher.hash(input, &digest, .{});
    try assertEqual(expected_hex, &digest);
}

pub fn assertEqual(comptime expected_hex: [:0]const u8, input: []const u8) !void {
    var expected: [expected_hex.len / 2]u8 = undefined;
    try std.testing.expectEqualSlices(u8, try std.fmt.hexToBytes(&expected, expected_hex), input);
}
