/**
 * A list that members leave from anywhere. They are linked to each other themselves: a Set or a Map makes a new table
 * every few dozen members, and one old table that has outlived the young generation keeps all that follow it alive, with
 * all that was ever in them, until the whole heap is collected.
 */

/** What a member of a list has; the list's own. A part of at most one list. */
export interface Links<Member extends Links<Member>> {
  list: LinkedList<Member> | undefined;
  earlier: Member | undefined;
  later: Member | undefined;
}

/** In the order in which members came; the one that is looked at may be removed meanwhile. */
export class LinkedList<Member extends Links<Member>> {
  #first: Member | undefined;
  #last: Member | undefined;
  #size = 0;

  get first(): Member | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  add(member: Member): void {
    member.list = this;
    member.earlier = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.later = member;
    this.#last = member;
    this.#size += 1;
  }

  /** Does nothing for what is not a member. */
  remove(member: Member): void {
    if (member.list !== this) return;
    const { earlier, later } = member;
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
    // What is gone must not keep alive what came after it.
    member.list = undefined;
    member.earlier = undefined;
    member.later = undefined;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<Member, void> {
    for (let member = this.#first; member !== undefined; ) {
      const { later } = member;
      yield member;
      member = later;
    }
  }
}
