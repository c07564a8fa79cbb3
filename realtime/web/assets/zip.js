// Packs a dropped folder into a .zip without compressing it, as pictures don't get smaller.
"use strict";

const FolderZip = {
  TAKEN: /\.(png|jpe?g|bmp|webp|csv|txt)$/i,
  // What a .zip without extensions can count.
  MOST: 65000,

  // Returns a File of what a folder holds, its names as the folder has them. told: how many of how many are packed.
  async pack(folder, told) {
    const files = await FolderZip.listed(folder, "");
    if (!files.length) throw new Error("It holds no picture and no .csv.");
    if (files.length > FolderZip.MOST) throw new Error(`It holds more than ${FolderZip.MOST} files.`);
    const body = [];
    const contents = [];
    let at = 0;
    for (const [number, { path, file }] of files.entries()) {
      const name = new TextEncoder().encode(path);
      const crc = FolderZip.crc(new Uint8Array(await file.arrayBuffer()));
      const about = FolderZip.about(crc, file.size, name.length);
      body.push(FolderZip.block(0x04034b50, [...about]), name, file);
      contents.push(FolderZip.block(0x02014b50, [[20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]]), name);
      at += 30 + name.length + file.size;
      if (number % 200 === 0) told(number, files.length);
    }
    const size = contents.reduce((sum, part) => sum + part.length, 0);
    const count = [files.length, 2];
    const end = FolderZip.block(0x06054b50, [[0, 2], [0, 2], count, count, [size, 4], [at, 4], [0, 2]]);
    return new File([...body, ...contents, end], `${folder.name}.zip`);
  },

  // Fields that both heads of a file have: version, UTF-8 names, no compression, 1 January 1980, checksum and sizes.
  about(crc, size, name) {
    return [[20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2], [crc, 4], [size, 4], [size, 4], [name, 2], [0, 2]];
  },

  // Returns a block's bytes: its mark, then numbers of so many bytes each, the lowest byte first.
  block(mark, numbers) {
    const bytes = [];
    for (const [value, count] of [[mark, 4], ...numbers]) {
      for (let n = 0; n < count; n += 1) bytes.push(Math.floor(value / 256 ** n) % 256);
    }
    return new Uint8Array(bytes);
  },

  async listed(folder, under) {
    const found = [];
    const reader = folder.createReader();
    for (;;) {  // a reader gives a hundred at a time
      const entries = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!entries.length) return found;
      for (const entry of entries) {
        if (entry.name.startsWith(".")) continue;
        if (entry.isDirectory) {
          found.push(...(await FolderZip.listed(entry, `${under}${entry.name}/`)));
        } else if (FolderZip.TAKEN.test(entry.name)) {
          const file = await new Promise((done, failed) => entry.file(done, failed));
          found.push({ path: under + entry.name, file });
        }
      }
    }
  },

  table: Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n >>> 0;
  }),

  crc(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = FolderZip.table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  },
};
window.FolderZip = FolderZip;
