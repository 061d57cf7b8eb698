; Courier: a small game for the Atari 2600 (NTSC, 4K, one joystick).
;
; Parcels fall; the courier at the bottom catches them by moving left and right. Each parcel
; caught is a point. A parcel that reaches the ground costs a life, and so does a mine that
; hits the courier. Every fifth catch makes everything fall faster; mines come after the first
; five, drifting parcels after twenty. Five lives. RESET starts a game.
;
; Frame: 262 lines, 3 of VSYNC, 37 of VBLANK, 192 visible, 30 of overscan.
;   visible: 20 score and lives, 3 ceiling, 151 sky, 18 ground.
; Objects: player 0 courier, player 1 parcel, ball mine, playfield walls, ground and digits.
; The collision registers decide every catch, miss and hit.
;
; Build: dasm lockstep-courier.asm -f3 -olockstep-courier.bin
; Licence: CC0 1.0 (public domain).

  processor 6502

; TIA, write
VSYNC  = $00
VBLANK = $01
WSYNC  = $02
NUSIZ0 = $04
NUSIZ1 = $05
COLUP0 = $06
COLUP1 = $07
COLUPF = $08
COLUBK = $09
CTRLPF = $0A
PF0    = $0D
PF1    = $0E
PF2    = $0F
RESP0  = $10
AUDC0  = $15
AUDC1  = $16
AUDF0  = $17
AUDF1  = $18
AUDV0  = $19
AUDV1  = $1A
GRP0   = $1B
GRP1   = $1C
ENABL  = $1F
HMP0   = $20
VDELP0 = $25
VDELBL = $27
HMOVE  = $2A
CXCLR  = $2C
; TIA, read
CXP0FB = $02            ; bit 6: player 0 and ball
CXP1FB = $03            ; bit 7: player 1 and playfield
CXBLPF = $06            ; bit 7: ball and playfield
CXPPMM = $07            ; bit 7: player 0 and player 1
; RIOT
SWCHA  = $0280          ; bit 7 right, bit 6 left (first joystick, 0 when pressed)
SWCHB  = $0282          ; bit 0 RESET (0 when pressed)
INTIM  = $0284
TIM64T = $0296

; Heights are lines; vertical positions are the object's lowest line, counted upwards from
; the last line of the ground (0). The top line of the sky is 166.
GROUND   = 18           ; lines of ground
SKYTOP   = 167          ; one above the sky: where things start to fall
HIDDEN   = 200          ; a vertical position that no line reaches
SHIPY    = 20
SHIPH    = 12
PARCELH  = 12
MINEH    = 9
LEFTMOST = 8            ; horizontal positions of courier and parcel, pixels
RIGHTMOST = 135
SHIPSTEP = 3            ; pixels a frame
LIVES    = 5
CATCHES  = 5            ; catches between two steps of speed
FIRSTSPEED = $0200      ; lines a frame, 8.8 fixed point
SPEEDSTEP  = $40
LASTSPEED  = 8          ; whole lines a frame

; Colours (NTSC)
SKYCOLOUR    = $80
SHIPCOLOUR   = $9E
PARCELCOLOUR = $1E
MINECOLOUR   = $48      ; the walls too
GROUNDCOLOUR = $D6
HURTCOLOUR   = $42
DIGITCOLOUR  = $0E

; RAM
  SEG.U ram
  ORG $80
Random     ds 1         ; low byte of the generator: the seed, from INTIM at power-on
RandomHigh ds 1         ; both bytes run on over RESET
Score      ds 2         ; BCD, low byte first
Lives      ds 1
Over       ds 1         ; 1 when no game is in play
ShipX      ds 1
ParcelX    ds 1
ParcelY    ds 2         ; fraction, then whole lines
Drift      ds 1         ; pixels a frame: 0, 1 or -1
MineX      ds 1
MineY      ds 1
MineWait   ds 1         ; frames until the next mine
Speed      ds 2         ; fraction, then whole lines a frame
ToFaster   ds 1         ; catches until the next step of speed
Effect     ds 1         ; sound in play, see EffectControl
EffectLeft ds 1         ; frames left of it
Hurt       ds 1         ; frames left of the flash after a lost life
Digits     ds 4         ; offsets into Font, most significant digit first
DigitsLeft ds 5         ; playfield rows of the two high digits (PF1)
DigitsMid  ds 5         ; playfield rows of the two low digits (PF2)
LivesLeft  ds 1         ; playfield pattern of the lives (PF1)
LivesRight ds 1         ; (PF2)
Scratch    ds 1
RamEnd

  SEG code
  ORG $F000

Start
  sei
  cld
  ldx #$FF
  txs
  ldy INTIM             ; the only thing that differs from one power-on to the next
  lda #0
  ldx #$2C
ClearTIA
  sta $00,x             ; $04...$2C: leaves VSYNC, VBLANK, WSYNC, RSYNC alone
  dex
  cpx #$04
  bcs ClearTIA
  ldx #$80
ClearRAM
  sta $00,x
  inx
  bne ClearRAM
  sty Random
  lda #$5A
  sta RandomHigh
  jsr NewGame
  lda #0
  sta Lives
  lda #1
  sta Over

Frame
  lda #2
  sta WSYNC
  sta VBLANK
  sta VSYNC
  sta WSYNC
  sta WSYNC
  lda #0
  sta WSYNC
  sta VSYNC
  lda #44
  sta TIM64T
  jsr StepRandom
  lda SWCHB
  lsr
  bcs NoReset
  jsr NewGame
  jmp Prepare
NoReset
  lda Over
  bne Prepare
  jsr MoveShip
  jsr MoveParcel
  jsr MoveMine
Prepare
  jsr BuildDigits
  jsr BuildSprites
  lda #0
  sta CTRLPF
  sta COLUBK
  lda #GROUNDCOLOUR
  ldx Hurt
  beq GroundSafe
  lda #HURTCOLOUR
GroundSafe
  sta Scratch           ; until the ground is drawn
WaitVBlank
  lda INTIM
  bne WaitVBlank
  sta WSYNC
  sta VBLANK            ; A is 0
  jsr ShowStatus
  jsr ShowField

  lda #35               ; in the first line of overscan
  sta TIM64T
  lda Over
  bne Judged
  jsr Judge
Judged
  sta CXCLR
  jsr PlaySound
WaitOverscan
  lda INTIM
  bne WaitOverscan
  jmp Frame

; ---------------------------------------------------------------- game

; Starts a game. Everything but the generator and the stack is set.
NewGame
  lda #0
  ldx #RamEnd-Score-1
ClearGame
  sta Score,x
  dex
  bpl ClearGame
  lda #LIVES
  sta Lives
  lda #72
  sta ShipX
  sta MineX
  lda #<FIRSTSPEED
  sta Speed
  lda #>FIRSTSPEED
  sta Speed+1
  lda #CATCHES
  sta ToFaster
  lda #HIDDEN
  sta MineY
  lda #30
  sta MineWait
  ; falls through: the first parcel

; A new parcel at the top, anywhere; from three lines a frame on, some drift sideways.
NewParcel
  jsr StepRandom
  jsr RandomX
  sta ParcelX
  lda #SKYTOP
  sta ParcelY+1
  lda #0
  sta ParcelY
  sta Drift
  lda Speed+1
  cmp #3
  bcc NoDrift
  lda RandomHigh
  and #3
  tax
  lda Drifts,x
  sta Drift
NoDrift
  rts

; A: LEFTMOST...RIGHTMOST, from the generator.
RandomX
  lda Random
  and #127
  clc
  adc #LEFTMOST
  rts

; 16-bit Galois shift register, taps $B400.
StepRandom
  lsr RandomHigh
  ror Random
  bcc RandomDone
  lda RandomHigh
  eor #$B4
  sta RandomHigh
RandomDone
  rts

MoveShip
  lda ShipX
  bit SWCHA
  bmi NotRight
  clc
  adc #SHIPSTEP
  cmp #RIGHTMOST
  bcc NotRight
  lda #RIGHTMOST
NotRight
  bit SWCHA
  bvs NotLeft
  sec
  sbc #SHIPSTEP
  cmp #LEFTMOST
  bcs NotLeft
  lda #LEFTMOST
NotLeft
  sta ShipX
  rts

MoveParcel
  sec
  lda ParcelY
  sbc Speed
  sta ParcelY
  lda ParcelY+1
  sbc Speed+1
  sta ParcelY+1
  lda ParcelX
  clc
  adc Drift
  cmp #LEFTMOST
  bcc Bounce
  cmp #RIGHTMOST+1
  bcs Bounce
  sta ParcelX
  rts
Bounce
  lda #0
  sec
  sbc Drift
  sta Drift
  rts

; A mine falls at the whole part of the parcels' speed. Half of them start above the courier.
; There are none at the first speed.
MoveMine
  lda Speed
  ora Speed+1
  cmp #(>FIRSTSPEED)|(<FIRSTSPEED)
  beq MineDone
  lda MineWait
  beq MineFalls
  dec MineWait
  bne MineDone
  lda #SKYTOP
  sta MineY
  jsr StepRandom
  jsr RandomX
  bit RandomHigh
  bvc MinePlaced
  lda ShipX
  clc
  adc #5
MinePlaced
  sta MineX
  rts
MineFalls
  lda MineY
  sec
  sbc Speed+1
  sta MineY
MineDone
  rts

; Reads the frame's collisions: mine first, then the parcel caught, then the parcel lost.
Judge
  lda Hurt
  beq NotHurt
  dec Hurt
NotHurt
  bit CXP0FB
  bvc MineMissed
  jsr RetireMine
  lda #3
  jsr LoseLife
MineMissed
  bit CXBLPF
  bpl MineInAir
  jsr RetireMine
MineInAir
  lda Over
  bne JudgeDone
  bit CXPPMM
  bmi Caught
  bit CXP1FB
  bpl JudgeDone
  lda #2
  jsr LoseLife
  lda Over
  bne JudgeDone
  jmp NewParcel
Caught
  sed
  clc
  lda Score
  adc #1
  sta Score
  lda Score+1
  adc #0
  sta Score+1
  cld
  lda #1
  jsr StartEffect
  dec ToFaster
  bne SameSpeed
  lda #CATCHES
  sta ToFaster
  lda Speed+1
  cmp #LASTSPEED
  bcs SameSpeed
  lda Speed
  clc
  adc #SPEEDSTEP
  sta Speed
  bcc SameSpeed
  inc Speed+1
SameSpeed
  jmp NewParcel
JudgeDone
  rts

; Hides the mine and draws the time until the next: 16 to 47 frames.
RetireMine
  lda #HIDDEN
  sta MineY
  lda Random
  and #31
  clc
  adc #16
  sta MineWait
  rts

; A: the sound to play.
LoseLife
  jsr StartEffect
  lda #24
  sta Hurt
  dec Lives
  bne StillAlive
  lda #1
  sta Over
  lda #4
  jsr StartEffect
StillAlive
  rts

; ---------------------------------------------------------------- sound

; A: 1 catch, 2 parcel lost, 3 mine, 4 game over.
StartEffect
  tax
  sta Effect
  lda EffectFrames,x
  sta EffectLeft
  rts

; Channel 0 plays the effect, fading; channel 1 the whistle of the falling parcel.
PlaySound
  ldy #0                ; volume
  ldx Effect
  lda EffectLeft
  beq SetVolume
  dec EffectLeft
  lsr
  tay
  lda EffectControl,x
  sta AUDC0
  tya
  eor EffectPitch,x
  sta AUDF0
SetVolume
  sty AUDV0
  lda ParcelY+1
  lsr
  lsr
  lsr
  eor #31
  sta AUDF1
  lda #4
  sta AUDC1
  ldx #2
  lda Over
  beq Whistle
  ldx #0
Whistle
  stx AUDV1
  rts

; ---------------------------------------------------------------- picture

; Playfield rows of the score, and the pattern of the lives.
BuildDigits
  ldx #0
  lda Score+1
  jsr SplitDigits
  lda Score
  jsr SplitDigits
  ldy #0
BuildRow
  ldx Digits
  lda Font,x
  and #$F0
  sta Scratch
  ldx Digits+1
  lda Font,x
  and #$0F
  ora Scratch
  sta DigitsLeft,y
  ldx Digits+2
  lda FontMirrored,x
  and #$0F
  sta Scratch
  ldx Digits+3
  lda FontMirrored,x
  and #$F0
  ora Scratch
  sta DigitsMid,y
  inc Digits
  inc Digits+1
  inc Digits+2
  inc Digits+3
  iny
  cpy #5
  bne BuildRow
  ldx Lives
  lda LivesPF1,x
  sta LivesLeft
  lda LivesPF2,x
  sta LivesRight
  rts

; A: two BCD digits; their font offsets go to Digits,x and Digits+1,x. X moves on by two.
SplitDigits
  pha
  lsr
  lsr
  lsr
  lsr
  tay
  lda TimesFive,y
  sta Digits,x
  inx
  pla
  and #$0F
  tay
  lda TimesFive,y
  sta Digits,x
  inx
  rts

; Sizes, colours and horizontal positions of the three moving objects.
BuildSprites
  lda #5                ; double width
  sta NUSIZ0
  sta NUSIZ1
  sta VDELP0            ; bit 0: courier and ball change when GRP1 is written
  sta VDELBL
  lda #PARCELCOLOUR
  sta COLUP1
  lda #SHIPCOLOUR
  ldx Hurt
  beq ShipSafe
  lda #HURTCOLOUR+4
ShipSafe
  sta COLUP0
  lda ShipX
  ldx #0
  jsr Place
  lda ParcelX
  inx
  jsr Place
  lda MineX
  clc
  adc #2                ; the ball has no delay of a double-width player
  ldx #4
  jsr Place
  sta WSYNC
  sta HMOVE
  rts

; Puts object X (0, 1 double-width players, 4 ball) at pixel A, two more for the ball: coarse
; by the cycle of the strobe, three pixels a cycle and fifteen a turn of the loop; the rest by
; HMOVE. The strobe must come after horizontal blank, so HMP is written first; A is 8 or more.
Place
  sec
  sbc #4                ; the delay from the end of the loop to the strobe
  sta WSYNC
  sec
PlaceTurn
  sbc #15
  bcs PlaceTurn
  eor #7
  asl
  asl
  asl
  asl
  sta HMP0,x
  sta RESP0,x
  rts

; The score in the left half, the lives in the right half: 20 lines. Enters at the start of
; the first, leaves at the start of the last.
ShowStatus
  sta WSYNC
  sta WSYNC
  ldx #0
StatusRow
  ldy #3
StatusLine
  sta WSYNC
  lda #DIGITCOLOUR      ; 2
  sta COLUPF            ; 5
  lda DigitsLeft,x      ; 9
  sta PF1               ; 12
  lda DigitsMid,x       ; 16
  sta PF2               ; 19
  lda #MINECOLOUR       ; 21
  nop                   ; 23
  nop                   ; 25
  nop                   ; 27
  nop                   ; 29
  nop                   ; 31
  nop                   ; 33
  nop                   ; 35
  nop                   ; 37
  nop                   ; 39
  lda LivesLeft         ; 42
  sta PF1               ; 45: past the left PF1, before the right one (cycle 54)
  lda #SHIPCOLOUR       ; 47
  nop                   ; 49
  sta COLUPF            ; 52: past the left half (cycle 49)
  lda LivesRight        ; 55
  sta PF2               ; 58: before the right PF2 (cycle 65)
  dey                   ; 60
  bne StatusLine        ; 63
  inx
  cpx #5
  bne StatusRow         ; 69
  lda #0
  sta WSYNC
  sta PF1
  sta PF2
  sta WSYNC
  rts

; One line of the field: shows what was worked out a line earlier, then works out the next.
; X: the parcel's byte, Y: the line.
  MAC SHOW_LINE
  sta WSYNC
  stx GRP1              ; 3: courier and ball change with it (VDELP0, VDELBL)
  ENDM

  MAC FIND_MINE
  tya
  sec
  sbc MineY
  cmp #MINEH
  lda #0
  bcs .hidden
  lda #2
.hidden
  sta ENABL             ; 16 cycles
  ENDM

  MAC FIND_PARCEL
  tya
  sec
  sbc ParcelY+1
  cmp #PARCELH
  bcs .hidden
  tax
  lda ParcelShape,x
  tax
  bcc .done
.hidden
  ldx #0
.done                   ; 22 cycles
  ENDM

; Ceiling (3 lines), sky (2 + 149) and ground (18). Leaves in the first line of overscan.
ShowField
  sta WSYNC             ; ends the last line of the status
  lda #$31              ; mirrored playfield, ball of eight pixels
  sta CTRLPF
  lda #MINECOLOUR
  sta COLUPF
  lda #$FF
  sta PF0
  sta PF1
  sta PF2
  ldx #0
  ldy #SKYTOP
  sta WSYNC
  sta WSYNC
  sta WSYNC             ; the first two lines of sky are empty
  lda #SKYCOLOUR
  sta COLUBK
  lda #$30
  sta PF0
  lda #0
  sta PF1
  sta PF2
  dey
  sta WSYNC
  jmp SkyLine

  ALIGN 256
SkyLine
  tya
  sec
  sbc #SHIPY
  cmp #SHIPH
  bcc ShipHere
  lda #0
  beq ShipSet
ShipHere
  tax
  lda ShipShape,x
ShipSet
  sta GRP0              ; 20 cycles
  FIND_MINE
  FIND_PARCEL
  SHOW_LINE
  dey
  cpy #GROUND-1
  bne SkyLine

  FIND_MINE             ; the first line of ground
  FIND_PARCEL
  SHOW_LINE
  lda Scratch           ; 6
  sta COLUPF            ; 9
  lda #$FF              ; 11
  sta PF0               ; 14
  sta PF1               ; 17
  sta PF2               ; 20: all before the picture starts (cycle 22)
  dey
GroundLine
  FIND_MINE
  FIND_PARCEL
  SHOW_LINE
  dey
  bpl GroundLine
  lda #2
  sta WSYNC
  sta VBLANK
  lda #0
  sta GRP0
  sta ENABL
  sta GRP1              ; courier and ball follow
  sta PF0
  sta PF1
  sta PF2
  sta COLUBK
  rts

; ---------------------------------------------------------------- tables

; Bottom row first.
ShipShape
  .byte %00111100, %01111110, %11111111, %11111111
  .byte %11111111, %11111111, %11111111, %11111111
  .byte %11100111, %11000011, %11000011, %11000011
ParcelShape
  .byte %11111111, %11111111, %11100111, %11100111
  .byte %11100111, %10000001, %10000001, %11100111
  .byte %11100111, %11100111, %11111111, %11111111

  IF >SkyLine != >*
  ECHO "the field's loops and shapes must lie in one page"
  ERR
  ENDIF

Drifts
  .byte 0, 1, 0, $FF

; By Effect: none, catch, parcel lost, mine, game over.
EffectFrames
  .byte 0, 12, 20, 28, 31
EffectControl
  .byte 0, 4, 6, 8, 12
EffectPitch
  .byte 0, 8, 18, 12, 15

LivesPF1
  .byte %00000000, %10000000, %10100000, %10101000, %10101010, %10101010
LivesPF2                ; bit 0 is the leftmost
  .byte 0, 0, 0, 0, 0, 1

TimesFive
  .byte 0, 5, 10, 15, 20, 25, 30, 35, 40, 45

; Digits, three pixels of four wide and five high, in both halves of a byte.
Font
  .byte $EE, $AA, $AA, $AA, $EE
  .byte $44, $CC, $44, $44, $EE
  .byte $EE, $22, $EE, $88, $EE
  .byte $EE, $22, $66, $22, $EE
  .byte $AA, $AA, $EE, $22, $22
  .byte $EE, $88, $EE, $22, $EE
  .byte $EE, $88, $EE, $AA, $EE
  .byte $EE, $22, $22, $22, $22
  .byte $EE, $AA, $EE, $AA, $EE
  .byte $EE, $AA, $EE, $22, $EE
FontMirrored            ; for PF2, whose bit 0 is the leftmost
  .byte $77, $55, $55, $55, $77
  .byte $22, $33, $22, $22, $77
  .byte $77, $44, $77, $11, $77
  .byte $77, $44, $66, $44, $77
  .byte $55, $55, $77, $44, $44
  .byte $77, $11, $77, $44, $77
  .byte $77, $11, $77, $55, $77
  .byte $77, $44, $44, $44, $44
  .byte $77, $55, $77, $55, $77
  .byte $77, $55, $77, $44, $77

  ORG $FFFA
  .word Start, Start, Start
