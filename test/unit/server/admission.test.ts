import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Admission } from '../../../src-main/server/admission.ts';

test('there is room for so many requests, and again once one has left', () => {
  const admission = new Admission({ requests: 2, bytes: 100 });
  const [first, second, third] = [admission.enter(1), admission.enter(1), admission.enter(1)];
  expect([first, second, third].map((leave) => leave !== null)).toEqual([true, true, false]);
  first?.();
  first?.(); // twice leaves once
  expect(admission.underWay).toBe(1);
  expect(admission.enter(1)).not.toBeNull();
  expect(admission.enter(1)).toBeNull();
});

test('whatever comes and goes, neither bound is passed, and who fits is let in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(5)), { maxLength: 60 }), (visits) => {
      const admission = new Admission({ requests: 4, bytes: 100 });
      const inside: { bytes: number; leave: () => void }[] = [];
      for (const [bytes, whoLeaves] of visits) {
        const held = inside.reduce((sum, visit) => sum + visit.bytes, 0);
        const leave = admission.enter(bytes);
        expect(leave !== null).toBe(inside.length < 4 && held + bytes <= 100);
        if (leave !== null) inside.push({ bytes, leave });
        inside.splice(whoLeaves, 1).forEach((visit) => visit.leave());
        expect(admission.underWay).toBe(inside.length);
      }
    }),
  );
});
