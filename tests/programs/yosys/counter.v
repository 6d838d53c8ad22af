// An eight-bit counter with a carry out, for yosys to make gates of.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
module counter(input clk, input rst, input en, output reg [7:0] q, output carry);
    assign carry = en & (&q);
    always @(posedge clk) begin
        if (rst)
            q <= 8'd0;
        else if (en)
            q <= q + 8'd1;
    end
endmodule
