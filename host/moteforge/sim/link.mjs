// SPDX-License-Identifier: Apache-2.0
// The two channels to the parent process.
//
// Serial data: a socket of frames, one type byte, a little-endian u32 length, then the payload.
//   to us: 'D' data, 'O' the port was opened, 'C' it was closed
//   from us: 'D' data, 'C' echo of a close: data before it belongs to the previous opening,
//            'R' the board has reset: its USB device went away and comes back
// Control: JSON lines, commands on stdin, events on stdout. The end of stdin is the end of us.

import fs from 'node:fs';
import net from 'node:net';

const HEAD = 5;
const MAX_FRAME = 1 << 20;

export function frame(type, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(HEAD);
  head.write(type, 0, 'latin1');
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Cuts a byte stream into frames; returns push(chunk). */
export function frameReader(onFrame) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (rest.length - at >= HEAD) {
      const length = rest.readUInt32LE(at + 1);
      if (length > MAX_FRAME) throw new Error(`frame of ${length} bytes on the serial channel`);
      if (rest.length - at < HEAD + length) break;
      onFrame(String.fromCharCode(rest[at]), rest.subarray(at + HEAD, at + HEAD + length));
      at += HEAD + length;
    }
    rest = rest.subarray(at);
  };
}

/** The serial channel on an inherited socket. handlers: onFrame(type, payload), onDrain(). */
export function openSerial(fd, handlers) {
  const socket = new net.Socket({ fd, readable: true, writable: true });
  socket.on('data', frameReader(handlers.onFrame));
  socket.on('drain', handlers.onDrain);
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));
  return socket;
}

/** Reads commands from stdin; ends the process with the parent. */
export function openControl(onCommand) {
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line) onCommand(JSON.parse(line));
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
}

/** Sends an event to the parent. Synchronous, so that the last words of a dying process arrive. */
export function sendEvent(event) {
  try {
    fs.writeSync(1, `${JSON.stringify(event)}\n`);
  } catch (error) {
    if (error.code === 'EPIPE') process.exit(0);
    if (error.code !== 'EAGAIN') throw error;
  }
}
