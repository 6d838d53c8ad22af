/*
 * A program for a microcontroller, for GCC to compile: its words and its table have to be found
 * in the firmware.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdint.h>
#include <util/delay.h>

const char words[] PROGMEM = "compiled by a guest";
const uint16_t table[] PROGMEM = { 0x0102, 0x0304, 0x0506, 0xfffe };

uint16_t entry(uint8_t i)
{
    return pgm_read_word(&table[i & 3]);
}

int main(void)
{
    DDRB |= _BV(DDB5);
    for (uint8_t i = 0;; i++) {
        PORTB ^= _BV(PORTB5);
        _delay_ms(500);
        if (entry(i) == 0xfffe) {
            PORTB = pgm_read_byte(&words[i % sizeof(words)]);
        }
    }
}
