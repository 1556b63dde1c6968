// SPDX-License-Identifier: Apache-2.0
// The USB host's side of the cable: enumerates the device and carries its CDC serial data.
//
// Control transfers are queued and run one at a time. An OUT token is answered only when there is
// data for it, and an IN packet is taken only while `hold` is false, so both ways have back-pressure.

const GET_DESCRIPTOR = 6;
const SET_ADDRESS = 5;
const SET_CONFIGURATION = 9;
const SET_CONTROL_LINE_STATE = 0x22;
const TO_DEVICE = 0x00;
const FROM_DEVICE = 0x80;
const CLASS_INTERFACE = 0x21;
const CONFIGURATION = 2;
const DESCRIPTOR_HEAD = 9;
const INTERFACE = 4;
const ENDPOINT = 5;
const CDC_CONTROL_CLASS = 2;
const CDC_DATA_CLASS = 10;
const BULK = 2;
const DTR_RTS = 3;
const AVAILABLE = 0x400; // buffer control: the buffer is the controller's
const TRANSFER_PAUSE_NANOS = 250_000;
const NO_DATA = new Uint8Array(0);

function setup(type, request, value, index, length) {
  const halves = [value, index, length].flatMap((x) => [x & 0xff, x >> 8]);
  return Uint8Array.from([type, request, ...halves]);
}

/** Finds the CDC interface and its bulk endpoints in a configuration descriptor. */
export function findSerial(bytes) {
  const found = { control: 0, in: -1, out: -1 };
  let isData = false;
  for (let at = 0; at + 2 <= bytes.length && bytes[at] >= 2; at += bytes[at]) {
    if (bytes[at + 1] === INTERFACE) {
      isData = bytes[at + 5] === CDC_DATA_CLASS && found.in < 0;
      if (bytes[at + 5] === CDC_CONTROL_CLASS && found.in < 0) found.control = bytes[at + 2];
    } else if (bytes[at + 1] === ENDPOINT && isData && (bytes[at + 3] & 3) === BULK) {
      found[bytes[at + 2] & FROM_DEVICE ? 'in' : 'out'] = bytes[at + 2] & 0xf;
    }
  }
  return found;
}

export class UsbHost {
  /** controller: rp2040js's RPUSBController; clock: its clock. onData(bytes), onReady() are the caller's. */
  constructor(controller, clock) {
    this.controller = controller;
    this.pause = clock.createAlarm(() => this.startTransfer());
    this.pausing = false;
    this.onData = () => {};
    this.onReady = () => {};
    this.dtr = false;
    this.hold = false;
    this.heldUpdates = [];
    this.serial = { control: 0, in: -1, out: -1 };
    this.outgoing = []; // Buffers for the device
    this.outgoingBytes = 0;
    this.requestedBytes = -1; // size of the waiting OUT token, or -1
    this.ready = false;
    this.transfers = [];
    this.active = null;
    controller.onUSBEnabled = () => controller.resetDevice();
    controller.onResetReceived = () => this.enumerate();
    controller.onEndpointWrite = (endpoint, bytes) => this.deviceSent(endpoint, bytes);
    controller.onEndpointRead = (endpoint, size) => this.deviceListens(endpoint, size);
    this.guardDpram();
  }

  /** Delays the controller's notice of an IN buffer while the other side cannot take data. */
  guardDpram() {
    const { controller } = this;
    const update = controller.DPRAMUpdated.bind(controller);
    this.replay = update;
    controller.DPRAMUpdated = (offset, value) => {
      const isSerialIn = this.serial.in > 0 && offset === 0x80 + 8 * this.serial.in;
      if (this.hold && isSerialIn && value & AVAILABLE) this.heldUpdates.push([offset, value]);
      else update(offset, value);
    };
  }

  /** Takes IN packets again. */
  release() {
    this.hold = false;
    const held = this.heldUpdates;
    this.heldUpdates = [];
    for (const [offset, value] of held) this.replay(offset, value);
  }

  // Control transfers

  enumerate() {
    this.active = null;
    this.ready = false;
    this.requestedBytes = -1;
    const describe = (length) => setup(FROM_DEVICE, GET_DESCRIPTOR, CONFIGURATION << 8, 0, length);
    this.transfers = [
      { packet: setup(TO_DEVICE, SET_ADDRESS, 1, 0, 0) },
      {
        packet: describe(DESCRIPTOR_HEAD),
        expect: DESCRIPTOR_HEAD,
        done: (head) => {
          const total = head[2] | (head[3] << 8);
          this.transfers.unshift({
            packet: describe(total),
            expect: total,
            done: (bytes) => (this.serial = findSerial(bytes)),
          });
        },
      },
      { packet: setup(TO_DEVICE, SET_CONFIGURATION, 1, 0, 0), done: () => this.configured() },
    ];
    this.nextTransfer();
  }

  configured() {
    this.ready = true;
    if (this.dtr) this.sendLineState();
    this.onReady();
  }

  /** Hosts leave time between control transfers; devices rely on it to finish the status stage. */
  nextTransfer() {
    if (this.active || this.pausing || !this.transfers.length) return;
    this.pausing = true;
    this.pause.schedule(TRANSFER_PAUSE_NANOS);
  }

  startTransfer() {
    this.pausing = false;
    this.active = { received: [], ...this.transfers.shift() };
    this.controller.sendSetupPacket(this.active.packet);
  }

  finishTransfer() {
    const { done, received } = this.active;
    this.active = null;
    done?.(received);
    this.nextTransfer();
  }

  /** Tells the device whether a program has the port open. */
  setDtr(dtr) {
    if (dtr === this.dtr) return;
    this.dtr = dtr;
    if (this.ready) this.sendLineState();
  }

  sendLineState() {
    const value = this.dtr ? DTR_RTS : 0;
    const packet = setup(CLASS_INTERFACE, SET_CONTROL_LINE_STATE, value, this.serial.control, 0);
    this.transfers.push({ packet });
    this.nextTransfer();
  }

  // Data

  deviceSent(endpoint, bytes) {
    if (endpoint !== 0) {
      if (endpoint === this.serial.in && bytes.length) this.onData(bytes);
      return;
    }
    if (!this.active) return;
    this.active.received.push(...bytes);
    this.finishIfDone(!this.active.expect); // an empty packet is the status of one without data
  }

  /** A control transfer ends when its data has arrived and its status stage has been seen. */
  finishIfDone(statusSeen) {
    const { active } = this;
    if (statusSeen) active.statusSeen = true;
    if (active.statusSeen && active.received.length >= (active.expect ?? 0)) this.finishTransfer();
  }

  deviceListens(endpoint, size) {
    if (endpoint === 0) {
      this.controller.endpointReadDone(0, NO_DATA);
      if (this.active?.expect) this.finishIfDone(true);
    } else if (endpoint === this.serial.out) {
      this.requestedBytes = size;
      this.answerRead();
    }
  }

  /** Gives the device bytes to receive, now or when it asks. */
  send(bytes) {
    this.outgoing.push(bytes);
    this.outgoingBytes += bytes.length;
    this.answerRead();
  }

  answerRead() {
    if (this.requestedBytes < 0 || !this.outgoing.length) return;
    const first = this.outgoing[0];
    const packet = Uint8Array.from(first.subarray(0, this.requestedBytes));
    if (packet.length === first.length) this.outgoing.shift();
    else this.outgoing[0] = first.subarray(packet.length);
    this.outgoingBytes -= packet.length;
    this.requestedBytes = -1;
    this.controller.endpointReadDone(this.serial.out, packet);
  }
}
