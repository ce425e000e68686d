/* SPDX-License-Identifier: BSD-3-Clause */
/* generations.pml - new connections go to a new engine, old ones follow at the deadline
 *
 * docs/handover.md says which lines of the code each step stands for. Every packet is
 * copied to both engines; all packets belong to one flow and any of them may open
 * it, like datagrams, or a SYN and its retransmissions. OLD has the flow in its bank or
 * gets it there before the cut, NEW has a bank of its own. A mutant, one of the MUTANT_
 * names, takes one rule away.
 */
#ifndef PACKETS
#define PACKETS 3
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef RESTARTS
#define RESTARTS 1	/* of the supervisor, at any step */
#endif
#ifndef EXPIRIES
#define EXPIRIES 1
#endif

#define OLD 0
#define NEW 1
#define NONE 2

/* The fabric. */
bool cut;			/* the one store */
bool holds, closed;		/* cut_seen of NEW and of OLD */
bool in_old, in_new;		/* the flow is in that bank */
bool stale;			/* idle longer than its timeout */
byte old_owner = OLD, new_owner = NEW;	/* words of the two banks */
bool moving;			/* old bank: OLD -> NEW */
bool told;			/* the epoch that tells of it */
bool seen;			/* epoch_seen of NEW */
bool move_held;			/* NEW holds what is on the move, reads the trail then */
bool trail[PACKETS + 1];	/* what the owners of the banks have processed */
bool dead[2];

/* Memory of the engines and their ports. */
bool alive[2] = true;
chan port[2] = [PACKETS] of { byte };
chan hold[2] = [PACKETS] of { byte };
byte to_close = 100, to_release = 100;	/* packets until the port was empty once */
byte to_remove = 100;
bool left;			/* OLD takes nothing for the old bank any more */

/* The world. */
byte next = 1, last;
bool done[PACKETS + 1];
bool excused[PACKETS + 1];
byte deaths, restarts, expiries;
bool deadline;

inline process(e, p)
{
	assert(!done[p]);
	assert(deaths > 0 || p == last + 1);
	done[p] = true;
	last = p
}

/* mirror_judge(): what becomes of a packet whose slice is not quite mine. */
#define REJECT 0
#define HOLD   1
#define MINE_OLD 2
#define MINE_NEW 3

inline judge(e, p, fate)
{
	fate = REJECT;
	if
	/* the old bank is mine, the flow is in it, or may still get into it */
	:: old_owner == e && !(moving && left) && (in_old || (!closed && e == OLD)) ->
		fate = (trail[p] && (e == OLD || move_held || dead[OLD]) -> REJECT : MINE_OLD)
	:: old_owner != e && moving && in_old && e == NEW && move_held ->
#ifdef MUTANT_NO_MOVE_HOLD
		fate = REJECT
#else
		fate = HOLD
#endif
	:: else ->
		if
		:: new_owner == e && cut && (e == OLD || holds) ->
			if
			:: trail[p] -> fate = REJECT
			:: else ->
				if
				:: in_new -> fate = MINE_NEW
				:: !in_new && in_old ->
#ifdef MUTANT_NO_STALE
					fate = REJECT
#else
					fate = (stale -> HOLD : REJECT)
#endif
#ifdef MUTANT_NO_CHECK
				:: !in_new && !in_old -> fate = MINE_NEW
#else
				:: !in_new && !in_old && !closed && !dead[OLD] -> fate = HOLD
				:: !in_new && !in_old && (closed || dead[OLD]) -> fate = MINE_NEW
#endif
				fi
			fi
		:: else
		fi
	fi
}

inline act(e, p, fate)
{
	if
	:: fate == MINE_OLD ->
		in_old = true; stale = false; to_remove = 100;
#ifndef MUTANT_NO_TRAIL
		trail[p] = true;	/* before it leaves */
#endif
		process(e, p)
	:: fate == MINE_NEW -> in_new = true; trail[p] = true; process(e, p)
	:: else
	fi
}

#define less(n) n = (n == 0 || n == 100 -> n : n - 1)

/* The judgement would still be HOLD. */
#define own_old(e) (old_owner == e && !(moving && left) && (in_old || (!closed && e == OLD)))
#define undecided(e) (!own_old(e) && ((moving && in_old && e == NEW && move_held) || \
	(new_owner == e && !in_new && \
	 ((in_old && stale) || (!in_old && !closed && !dead[OLD])))))

proctype engine(byte e)
{
	byte p, fate;

end_turn:
	do
	/* receive() */
	:: atomic {
		alive[e] && nempty(port[e]) ->
		port[e]?p;
		if
		:: e == OLD -> less(to_close); less(to_release); less(to_remove)
		:: e != OLD
		fi;
		judge(e, p, fate);
		if
		:: fate == HOLD -> hold[e]!p
		:: fate > HOLD && nempty(hold[e]) -> hold[e]!p
		:: fate > HOLD && empty(hold[e]) -> act(e, p, fate)
		:: fate == REJECT -> skip
		fi;
		p = 0; fate = 0
	   }
	/* hold_take(): judge again */
	:: atomic {
		alive[e] && nempty(hold[e]) && !undecided(e) ->
		hold[e]?p;
		judge(e, p, fate);
		act(e, p, fate);
		p = 0; fate = 0
	   }
	/* NEW sees the cut: from now on it holds */
	:: atomic { alive[e] && e == NEW && cut && !holds -> holds = true }
	/* OLD sees the cut, and that everybody holds: one more look at the port */
	:: atomic {
		alive[e] && e == OLD && cut && !closed && to_close == 100 &&
#ifndef MUTANT_NO_WAIT_HOLD
		(holds || dead[NEW]) &&
#endif
		true ->
#ifdef MUTANT_NO_DRAIN
		to_close = 0
#else
		to_close = len(port[OLD])
#endif
	   }
	:: atomic { alive[e] && e == OLD && to_close == 0 && !closed -> closed = true }
	/* the sweep: a flow that was idle for long enough, and then some */
	:: atomic {
		alive[e] && old_owner == e && in_old && stale && to_remove == 0 && !moving ->
		in_old = false; stale = false; to_remove = 100
	   }
	/* the deadline: NEW holds, OLD looks once more and releases */
	:: atomic { alive[e] && e == NEW && moving && !move_held -> move_held = true }
	:: atomic { alive[e] && e == NEW && told && !seen ->
		move_held = move_held || moving; seen = true }
	:: atomic {
		alive[e] && e == OLD && moving && old_owner == OLD && to_release == 100 &&
#ifndef MUTANT_NO_NEWS
		told &&
#endif
		(seen == told || dead[NEW]) ->
		to_release = len(port[OLD])
	   }
	:: atomic { alive[e] && e == OLD && moving && old_owner == OLD && to_release == 0 && !left ->
		left = true
	   }
	:: atomic { alive[e] && e == OLD && moving && old_owner == OLD && left ->
		old_owner = NEW; moving = false
	   }
	/* fold(): the flow goes to the bank in use */
	:: atomic {
		alive[e] && old_owner == e && new_owner == e && in_old && closed && !moving &&
		empty(hold[e]) ->
		in_old = false; in_new = true; stale = false
	   }
	od
}

/* The network: one copy to each, at the same moment. */
proctype network()
{
	do
	:: atomic {
		next <= PACKETS ->
		if
		:: alive[OLD] -> port[OLD]!next
		:: else -> excused[next] = true
		fi;
		if
		:: alive[NEW] -> port[NEW]!next
		:: else -> excused[next] = true
		fi;
		next++
	   }
	:: next > PACKETS -> break
	od
}

/* Time: a flow falls idle; what came before that is read before it is removed. */
proctype clock()
{
	do
	:: atomic {
		expiries < EXPIRIES && in_old && !stale ->
		expiries++;
		stale = true;
#ifdef MUTANT_NO_MARGIN
		to_remove = 0
#else
		to_remove = len(port[OLD])
#endif
	   }
	:: expiries == EXPIRIES -> break
	:: break
	od
}

inline kill(e)
{
	alive[e] = false;
	deaths++;
	do
	:: port[e]?p -> excused[p] = true
	:: empty(port[e]) -> break
	od;
	do
	:: hold[e]?p -> excused[p] = true
	:: empty(hold[e]) -> break
	od;
	p = 0
}

proctype killer()
{
	byte p;

	do
	:: atomic { deaths < DEATHS && alive[OLD] && alive[NEW] -> kill(OLD) }
	:: atomic { deaths < DEATHS && alive[OLD] && alive[NEW] -> kill(NEW) }
	:: break
	od
}

proctype supervisor()
{
end_turn:
	do
	:: atomic { !alive[OLD] && !dead[OLD] -> dead[OLD] = true }
	:: atomic { !alive[NEW] && !dead[NEW] -> dead[NEW] = true }
	/* all it knows is in the fabric: dying and coming back changes nothing */
	:: atomic { restarts < RESTARTS -> restarts++ }
	/* before the cut the old set is untouched: forget the new one */
	:: atomic { !cut && !dead[NEW] -> cut = true }
	/* the deadline, which may come at any time after */
	:: atomic {
		cut && closed && holds && !deadline && old_owner == OLD && !moving &&
		!dead[OLD] && !dead[NEW] ->
		deadline = true; moving = true
	   }
	/* the words first, then the epoch; its successor says it once more */
	:: atomic { deadline && !told -> told = true }
	/* adopt, each bank by itself */
	:: atomic { dead[OLD] && old_owner == OLD ->
		old_owner = NEW; moving = false; left = false }
	:: atomic { dead[OLD] && cut && !closed -> closed = true }
	:: atomic { dead[NEW] && new_owner == NEW -> new_owner = OLD }
	:: atomic { dead[NEW] && old_owner == NEW -> old_owner = OLD; left = false }
	od
}

/* When nothing can go on: no packet is missing, nothing is held or half moved. */
proctype verdict()
{
	byte p;

	timeout;
	d_step {
		assert(!moving && empty(hold[OLD]) && empty(hold[NEW]));
		assert(dead[NEW] || (cut && closed && !in_old));
		p = 1;
		do
		:: p < next -> assert(done[p] || excused[p]); p++
		:: else -> break
		od
	}
}

init {
	atomic {
		if
		:: in_old = true	/* a connection of the old set */
		:: true			/* a new one */
		fi;
		run engine(OLD);
		run engine(NEW);
		run network();
		run clock();
		run supervisor();
		run killer();
		run verdict()
	}
}
