/* SPDX-License-Identifier: BSD-3-Clause */
/* migrate.pml - one slice changes hands, and anybody may die at any step
 *
 * docs/handover.md says which lines of the code each step stands for. Engine
 * RECEIVER has the port; packets 1..PACKETS come in there. Whatever is global is
 * the fabric or a process's memory; `alive` is the truth, `dead` what the supervisor
 * has seen of it. A mutant, one of the MUTANT_ names, takes one rule away.
 */
#ifndef RECEIVER
#define RECEIVER 0
#endif
#ifndef PACKETS
#define PACKETS 3
#endif
#ifndef DEATHS
#define DEATHS 1	/* engines that are killed */
#endif
#ifndef RESTARTS
#define RESTARTS 1	/* of the supervisor, at any step */
#endif
#ifndef MOVES
#define MOVES 2
#endif

#define ENGINES 3
#define NOBODY	ENGINES
#define FENCE	100	/* FENCE + epoch lies in a ring among the packets */

/* The slice word, the epoch, and what engines say of themselves. */
byte owner = 1, target = 1;
bool moving, recover;
byte epoch;
byte epoch_seen[ENGINES];
bool dead[ENGINES];

/* Rings: ring[from * ENGINES + to]. */
chan ring[ENGINES * ENGINES] = [PACKETS + MOVES + DEATHS + RESTARTS + 2] of { byte };

/* Memory of the engines. */
bool alive[ENGINES];
byte to[ENGINES], seen[ENGINES];
bool leaving[ENGINES];
byte fence_seen[ENGINES * ENGINES];	/* [me * ENGINES + from] */
byte batch[ENGINES];			/* judged to be processed this turn */
chan hold[ENGINES] = [PACKETS] of { byte };

/* What the world sees. */
byte next = 1;			/* packet that comes in next */
byte last;			/* processed last */
bool done[PACKETS + 1];		/* processed */
bool excused[PACKETS + 1];	/* was in the hands of one that died */
byte deaths, restarts, moves;
byte last_fence;

#define mine(e)	  (owner == e && !recover)
#define coming(e) ((owner == e && recover) || (owner != e && moving && target == e))
/* Where the word sends a packet: target * moving + owner * !moving */
#define goes_to	  (target * moving + owner * (1 - moving))

/* An engine that does not live takes nothing: what it is sent is lost with it. */
inline put(from, where, p)
{
	if
	:: where == NOBODY -> excused[p] = true
	:: where != NOBODY && alive[where] -> ring[from * ENGINES + where]!p
	:: where != NOBODY && !alive[where] -> excused[p] = true
	fi
}

/* steer_now(): by the word as it is now. */
inline steer_now(e, p)
{
	if
	:: owner == e && !recover && batch[e] == 0 &&
#ifdef MUTANT_OVERTAKE
	   true
#else
	   empty(hold[e])
#endif
		-> batch[e] = p
	:: owner == e && !recover && (batch[e] != 0
#ifndef MUTANT_OVERTAKE
	   || nempty(hold[e])
#endif
	   ) -> hold[e]!p
	:: owner == e && recover -> hold[e]!p
	:: owner != e && goes_to == e ->
#ifdef MUTANT_NO_HOLD
		batch[e] = p
#else
		hold[e]!p
#endif
	:: owner != e && goes_to != e -> put(e, goes_to, p)
	fi
}

/* Every packet steered to this engine before its epoch is here. */
#define fenced(e, from) (from == e || \
	(!dead[from] && fence_seen[e * ENGINES + from] >= seen[e]) || \
	(dead[from] && empty(ring[from * ENGINES + e])))
#ifdef MUTANT_NO_FENCE
#define all_fenced(e) true
#else
#define all_fenced(e) (fenced(e, 0) && fenced(e, 1) && fenced(e, 2))
#endif

inline fence(e, other)
{
	if
	:: other != e && !dead[other] && alive[other] ->
		ring[e * ENGINES + other]!FENCE + seen[e]
	:: else
	fi
}

inline take(e, from, p)
{
	atomic {
		alive[e] && nempty(ring[from * ENGINES + e]) && batch[e] == 0 ->
		ring[from * ENGINES + e]?p;
		if
		:: p >= FENCE -> fence_seen[e * ENGINES + from] = p - FENCE
		:: else -> steer_now(e, p)
		fi;
		p = 0
	}
}

proctype engine(byte e)
{
	byte p;

end_turn:
	do
	/* steer_observe(): a new epoch. */
	:: atomic {
		alive[e] && seen[e] != epoch && batch[e] == 0 ->
		seen[e] = epoch;
		if
		:: owner == e && recover -> recover = false
		:: else
		fi;
		to[e] = goes_to;
		leaving[e] = moving && owner == e;
		fence(e, 0);
		fence(e, 1);
		fence(e, 2);
		epoch_seen[e] = seen[e]
	   }
	/* release() */
	:: atomic {
		alive[e] && leaving[e] && batch[e] == 0 && empty(hold[e]) &&
		all_fenced(e) ->
		if
		:: owner == e && moving ->
#ifdef MUTANT_TWO_STORES
			moving = false;
			owner = NOBODY	/* and dies before the second one */
#else
			owner = target; moving = false
#endif
		:: else
		fi;
		leaving[e] = false
	   }
	/* hold_take() */
	:: atomic {
		alive[e] && nempty(hold[e]) && batch[e] == 0 && !coming(e) ->
		hold[e]?p;
		if
		:: mine(e) -> batch[e] = p
		:: else -> put(e, goes_to, p)
		fi;
		p = 0
	   }
	/* handoff_take() */
	:: take(e, 0, p)
	:: take(e, 1, p)
	:: take(e, 2, p)
	/* receive() */
	:: atomic {
		alive[e] && e == RECEIVER && next <= PACKETS && batch[e] == 0 ->
		p = next;
		next++;
		if
		:: to[e] == e -> steer_now(e, p)
		:: else -> put(e, to[e], p)
		fi;
		p = 0
	   }
	/* lb_process(): exactly one owner, once, in order */
	:: atomic {
		alive[e] && batch[e] != 0 ->
		assert(owner == e && !recover);
		assert(!done[batch[e]]);
		assert(deaths > 0 || batch[e] == last + 1);
		done[batch[e]] = true;
		last = batch[e];
		batch[e] = 0
	   }
	od
}

/* kill -9, at any step of anybody. */
proctype killer()
{
	byte e, p;

	do
	:: atomic {
		deaths < DEATHS ->
			if
			:: e = 0
			:: e = 1
			:: e = 2
			fi;
			if
			:: alive[e] && alive[0] + alive[1] + alive[2] > 1 ->
				alive[e] = false;
				deaths++;
				excused[batch[e]] = true;
				do
				:: hold[e]?p -> excused[p] = true
				:: empty(hold[e]) -> break
				od;
				p = 0;
				do
				:: p < ENGINES ->
					do
					:: nempty(ring[p * ENGINES + e]) -> ring[p * ENGINES + e]?last_fence;
						if
						:: last_fence < FENCE -> excused[last_fence] = true
						:: else
						fi
					:: empty(ring[p * ENGINES + e]) -> break
					od;
					p++
				:: else -> break
				od
			:: else
			fi;
			e = 0;
			p = 0;
			last_fence = 0
		}
	:: deaths == DEATHS -> break
	:: break
	od
}

#define lives(e) (alive[e] && !dead[e])
#define all_seen ((dead[0] || epoch_seen[0] == epoch) && \
	(dead[1] || epoch_seen[1] == epoch) && (dead[2] || epoch_seen[2] == epoch))

inline see_death(e)
{
	atomic { !alive[e] && !dead[e] -> dead[e] = true }
}

/* The supervisor knows nothing that is not in the fabric, so a new one goes on. */
proctype supervisor()
{
	byte heir;
	bool told = true;	/* lost when it dies */

end_turn:
	do
	:: see_death(0)
	:: see_death(1)
	:: see_death(2)
	/* takeover: it cannot know whether its predecessor got round to it */
	:: atomic {
		restarts < RESTARTS ->
		restarts++;
#ifdef MUTANT_NO_BUMP
		told = true
#else
		told = false
#endif
	   }
	/* tell_engines() */
	:: atomic { !told -> epoch++; told = true }
#ifndef MUTANT_NO_ADOPT
	/* adopt: the owner is dead */
	:: atomic {
		told && owner != NOBODY &&
#ifdef MUTANT_HASTY_ADOPT
		!all_seen ->	/* silent is taken for dead */
#else
		dead[owner] ->
#endif
		if
		:: lives(0) -> heir = 0
		:: lives(1) -> heir = 1
		:: lives(2) -> heir = 2
		:: !lives(0) && !lives(1) && !lives(2) -> heir = NOBODY
		fi;
		if
		:: heir != NOBODY ->
			owner = heir; target = heir; moving = false; recover = true;
			told = false
		:: else
		fi;
		heir = 0
	   }
#endif
	/* scale: one move at a time */
	:: atomic {
		told && moves < MOVES && owner != NOBODY && !moving && !recover &&
		!dead[owner] &&
		all_seen ->
		moves++;
		if
		:: lives(0) && owner != 0 -> target = 0; moving = true; told = false
		:: lives(1) && owner != 1 -> target = 1; moving = true; told = false
		:: lives(2) && owner != 2 -> target = 2; moving = true; told = false
		:: else
		fi
	   }
	od
}

/* When nothing can go on any more: no packet is missing, no move is unfinished. */


proctype judge()
{
	byte p;

	timeout;
	d_step {
		assert(owner != NOBODY && !moving && !recover);
		assert(!alive[RECEIVER] || next > PACKETS);
		p = 1;
		do
		:: p < next -> assert(done[p] || excused[p]); p++
		:: else -> break
		od
	}
}

init {
	byte e;

	atomic {
		do
		:: e < ENGINES ->
			alive[e] = true;
			to[e] = 1;
			e++
		:: else -> break
		od;
		run engine(0);
		run engine(1);
		run engine(2);
		run supervisor();
		run killer();
		run judge()
	}
}
