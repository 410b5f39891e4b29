import { expect } from "chai";

import { findTraces, tracesOf } from "./plaintext.ts";

const pixels = Array.from({ length: 40 }, (_, i) => Math.round(255 * Math.abs(Math.sin(i))) / 255);

describe("test/web/support/plaintext", () => {
  it("finds pixels in every form, in the middle of other bytes, wherever base64 begins", () => {
    const traces = tracesOf(pixels);
    const floats = Buffer.from(Float32Array.from(pixels).buffer);
    const around = (bytes: Buffer) => Buffer.concat([Buffer.from("head"), bytes, Buffer.from("tail")]);
    expect(findTraces(around(Buffer.from(pixels.map((value) => Math.round(value * 255)))), traces)).to.include(
      "octets",
    );
    expect(findTraces(around(floats), traces)).to.include("float32");
    expect(findTraces(around(Buffer.from(JSON.stringify({ x: pixels }))), traces)).to.include("values as text");
    expect(findTraces(around(Buffer.from(floats.toString("hex"))), traces)).to.include("float32 as hex");
    for (const shift of [0, 1, 2, 3]) {
      const whole = Buffer.concat([Buffer.alloc(shift, 7), floats, Buffer.alloc(5)]).toString("base64");
      expect(findTraces(Buffer.from(whole), traces), `base64 at ${shift}`).to.have.length(1);
    }
  });

  it("finds nothing in other bytes", () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
    expect(findTraces(noise, tracesOf(pixels))).to.deep.equal([]);
  });
});
