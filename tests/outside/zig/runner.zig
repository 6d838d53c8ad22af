//! Runs the tests of a Zig program from a number on, and prints a line for each: its verdict, a tab, its name.
//!
//! Usage: the program's one argument is the number of the first test, from 0. `run` and the name come first, because a
//! test may end the program; `end` and the number of tests come last. The tests' own output goes to stderr.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
const std = @import("std");
const builtin = @import("builtin");
const testing = std.testing;

pub const std_options: std.Options = .{ .logFn = log };

const io = std.Io.Threaded.global_single_threaded.io();
var argument_buffer: [4096]u8 = undefined;
var errors_logged: usize = 0;

pub fn main(init: std.process.Init.Minimal) !void {
    var arguments: std.heap.FixedBufferAllocator = .init(&argument_buffer);
    const args = try init.args.toSlice(arguments.allocator());
    const first = try std.fmt.parseUnsigned(usize, args[1], 10);
    for (builtin.test_functions[first..]) |test_function| {
        try say("run", test_function.name);
        try say(verdict(init, test_function), test_function.name);
    }
    var number: [20]u8 = undefined;
    try say("end", try std.fmt.bufPrint(&number, "{d}", .{builtin.test_functions.len}));
}

fn verdict(init: std.process.Init.Minimal, test_function: anytype) []const u8 {
    errors_logged = 0;
    testing.allocator_instance = .init(std.heap.page_allocator, .{});
    testing.io_instance = .init(testing.allocator, .{ .argv0 = .init(init.args), .environ = init.environ });
    testing.environ = init.environ;
    testing.log_level = .warn;
    const outcome = test_function.func();
    testing.io_instance.deinit();
    const leaks = testing.allocator_instance.deinit();
    outcome catch |err| {
        if (err == error.SkipZigTest) {
            return "skip";
        }
        std.debug.print("{s}: {t}\n", .{ test_function.name, err });
        return "fail";
    };
    return if (leaks == 0 and errors_logged == 0) "pass" else "fail";
}

fn say(what: []const u8, name: []const u8) !void {
    var line: [1024]u8 = undefined;
    try std.Io.File.stdout().writeStreamingAll(io, try std.fmt.bufPrint(&line, "{s}\t{s}\n", .{ what, name }));
}

/// A test that logs an error has failed.
fn log(
    comptime level: std.log.Level,
    comptime scope: @EnumLiteral(),
    comptime format: []const u8,
    args: anytype,
) void {
    if (level == .err) {
        errors_logged += 1;
    }
    std.debug.print("[" ++ @tagName(scope) ++ "] " ++ format ++ "\n", args);
}

/// What std.testing.fuzz calls: runs the inputs that the test names, and an empty one.
pub fn fuzz(
    context: anytype,
    comptime test_one: fn (context: @TypeOf(context), *testing.Smith) anyerror!void,
    options: testing.FuzzInputOptions,
) anyerror!void {
    for (options.corpus) |input| {
        var smith: testing.Smith = .{ .in = input };
        try test_one(context, &smith);
    }
    var smith: testing.Smith = .{ .in = "" };
    try test_one(context, &smith);
}
