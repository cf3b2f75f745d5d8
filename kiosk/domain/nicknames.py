"""Names that stand for each other at a desk: Bob is on the roster as Robert, Peggy as Margaret.

One line a group, folded, the usual form first. A name may stand in several groups (Ed with Edward and Edwin); it then
stands for the names of each. Kept for the United States and their neighbours: add what a desk misses.
"""

from __future__ import annotations

_GROUPS = """
abigail abby abbie gail
abraham abe bram ibrahim
adam addy
adelaide addie heidi
adrian ade adriana
agnes aggie nessie
albert al bert bertie alberto
alejandro alex ale jandro alexander
alejandra alex ale sandra alexandra
alexander alex al alec sandy xander sasha lex zander
alexandra alex sandra sandy sasha lexi alexa lexie alix
alfred al fred alf alfie alfredo
alice allie ally alicia
allison allie ally ali alyson alison
alphonse al alphonso alfonso
amanda mandy manda
amelia amy millie mia
anastasia stacy ana nastya stasia
andrea andy drea andi
andrew andy drew andre
angela angie angel
angelina angie lina
anna ann annie anne hanna hannah nan ana anya
anthony tony antonio antoine anton
antoinette toni nettie
arnold arnie
arthur art artie arturo
ashley ash lee
augustus gus augie august augustine agustin
barbara barb babs barbie bobbie
bartholomew bart
beatrice bea trixie bee beatriz
benedict ben benny
benjamin ben benny benji benjy
bernadette bernie detta
bernard bernie barney bernardo
bethany beth
beverly bev
bradley brad
brandon bran
brenda bren
brian bryan bryant
bridget biddy bridie brigid
brittany britt brittney
bruce brucie
calvin cal
cameron cam
camille cammie millie camila
candace candy candice
carl karl carlos charlie
carol carrie caroline lynn
caroline carrie carol carolyn lina
cassandra cassie cass sandra sandy
catherine cathy kate katie cat kit kitty kathy katherine kathryn cate katy trina catalina
cecilia cece celia cissy
charles charlie chuck chas chip carlos charley
charlotte lottie charlie lotte char
chester chet
christian chris
christina chris tina chrissy christine kristina kristine christy christie kristin kirsten
christopher chris kit topher kris cristobal
clarence clare
clifford cliff
clinton clint
constance connie
cornelius neil corny con
courtney court
craig ray
curtis curt kurt
cynthia cindy
cyrus cy
dale dal
daniel dan danny dani
danielle dani danny ella
darlene darla
david dave davey davy
deborah deb debbie debra debby
delores lola dee dolores lolita
dennis denny
denise denny deni
derek derrick
diana di diane dianne
dominic dom nick domingo
donald don donnie
dorothy dot dottie dolly dora
douglas doug
duane dwayne wayne
earl earle
edgar ed eddie ned
edith edie
edmund ed eddie ned ted
eduardo ed eddie edward lalo
edward ed eddie ted ned teddy eduardo woody
edwin ed eddie ned
eileen aileen ellie
eleanor ellie nell nellie nora elena ella lenore
elijah eli
elizabeth liz beth betty lizzie betsy eliza elisabeth libby lisa bess bessie ellie liza elsie isabel lisbeth buffy
ellen nell ellie helen nellie
emily em emmy millie
emma em emmy
enrique rick henry quique kike
ernest ernie ernesto
esther essie hester
eugene gene
evelyn evie eve lynn
ezekiel zeke
florence flo flossie
frances fran fanny francie frankie francesca
francis frank fran frankie franz
francisco paco pancho frank cisco francis
franklin frank frankie
frederick fred freddie rick fritz freddy federico
gabriel gabe
gabriela gabby gaby gabi gabrielle
genevieve gen jenny ginny
geoffrey geoff jeff jeffrey
george georgie jorge
georgina gina georgia georgie
gerald jerry gerry geraldo
geraldine gerry jerry gerri
gilbert gil bert gilberto
gloria glory
gordon gordy
grace gracie
gregory greg gregg gregor
guadalupe lupe lupita
guillermo memo william willie
gwendolyn gwen wendy
harold hal harry
harriet hattie harry
hector tito
helen nell nellie ellen lena elena
henry hank harry hal harvey
herbert herb bert
herman manny
howard howie
hubert hugh bert
hugh hughie huey
ignacio nacho iggy
ignatius iggy nate
irene rene
isaac ike zac
isabella bella izzy isabel belle ella isabelle
isidore izzy
ivan vanya john
jacob jake jakob jay
jacqueline jackie jacqui jacquelyn
james jim jimmy jamie jay jaime jem
jamie james
jane janie jenny janet jan
janet jan jane
janice jan
jason jay jase
jasmine jazz yasmin yasmine
javier xavi xavier
jeanette jean nettie jan
jeffrey jeff geoff jeffery geoffrey
jennifer jen jenny jenn jennie
jeremiah jerry jem
jeremy jerry jem
jerome jerry
jesse jess
jessica jess jessie
jesus chuy chucho
joan joanie joanna joni
joanna jo joan joann joanne
john jack johnny jon jock juan jackie
jonathan jon jonny nathan john jonathon johnathan
jordan jordy
jose pepe joe joseph che
josefina pepa josie
joseph joe joey jo jose
josephine jo josie fina posy
joshua josh
joyce joy
juan johnny
judith judy jude
julia julie jules
julian jules
julius jules
justin jus
karen kari
katherine kate kathy katie kat kitty kay kathryn catherine cathy katy kit katya katarina trina kathleen
kathleen kathy kate katie kay kath kit
kenneth ken kenny kent
kevin kev
kimberly kim kimmy kimberley kym
kristen kris krissy kristin kirsten
laura laurie lori lauren
lauren laurie laura ren
lawrence larry laurie lars laurence lorenzo
leah lea
leonard leo len lenny leonardo
leroy lee roy
leslie les lee lesley
lester les
lewis lew louis lou
lillian lil lilly lily
linda lindy lynn
lois lou
loretta lori etta retta
louis lou louie lewis luis
louise lou lulu luisa
lucas luke lukas
lucille lucy lou
lucy lucia lucinda
luis lucho louis
madeline maddie maddy madeleine lena
magdalena maggie lena magda
malcolm mal
manuel manny manolo emmanuel
marcus mark marc marco marcos
margaret maggie peggy meg marge margie peg greta rita megan madge maisie daisy margarita margo marguerite
maria mary marie mia mari
marianne mary anne
marilyn mary lynn
marjorie marge margie
marshall marsh
martha marty patty mattie
martin marty martino
marvin marv
mary molly polly mamie maria marie may minnie mae
matilda tilly mattie tilda maud
matthew matt matty mateo matthias
maureen mo reenie
maurice mo morrie morris
maximilian max
maxwell max
megan meg meghan
melanie mel
melissa mel missy lissa
melvin mel
mercedes mercy sadie
michael mike mick mickey micky miguel mikey mitch
michelle shelly shell micki michele
mildred millie
milton milt
miriam mimi mitzi
mitchell mitch
mohammed mo mohamed muhammad mohammad moe
moses mo moe
nancy nan
natalie nat nattie natalia
natasha tasha nat
nathan nate nat
nathaniel nate nat nathan nathanael
nicholas nick nicky nico nicolas nikolas klaus
nicole nikki nicky nic
norman norm
oliver ollie
olivia liv livvy ollie
oscar ozzie
pamela pam
patricia pat patty trish tricia patsy trisha
patrick pat paddy rick patricio
paul pauly pablo
pauline polly paula
penelope penny
percival percy
peter pete pedro
philip phil phillip pip felipe
phyllis phyl
priscilla cilla prissy
quentin quinn
rachel rae rach rachael raquel
rafael rafa ralph raphael
randall randy
randolph randy
raymond ray ramon
rebecca becky becca beck rebekah reba
reginald reggie reg
rene renee
ricardo rick ricky richard
richard rick dick rich ricky richie ricardo
robert bob rob bobby robbie robby bert roberto robb
roberta bobbie robbie bert
roderick rod rick
rodney rod
roger rog rodger
roland rollie rolando
ronald ron ronnie
rosa rosie rose rosita
rosalind roz rosie
rosemary rosie rose romy
rosario chayo charo
roxanne roxy
rudolph rudy rudolfo
russell russ rusty
ruth ruthie
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie sara
scott scotty
sebastian seb bash
sergio checo serge
shannon shan
sharon shari sherry
shawn sean shaun shane
sheila shelly
shirley shirl
sidney sid sydney
sofia sophie sophia sofi
solomon sol
sophia sophie
stanley stan
stella estelle
stephanie steph stephie stevie stefanie
stephen steve steven stevie stefan esteban
stewart stu stuart
susan sue susie suzy susanna suzanne sukie
sylvester sly
sylvia syl
tabitha tabby
tamara tammy tam
teresa terry tess theresa tessa tracy terri therese
terrance terry terrence terence
thaddeus tad thad ted
theodora dora thea
theodore ted teddy theo
thomas tom tommy tomas
timothy tim timmy
tobias toby
tracy trace
travis trav
trevor trev
tyler ty
ursula ulla
valerie val
vanessa nessa van
veronica ronnie roni vera
vernon vern
victor vic vick
victoria vicky tori vicki vickie
vincent vince vinny vin vicente
violet vi
virginia ginny ginger
vivian viv
vladimir vlad vova
walter walt wally
warren ren
wendell wen dell
wilbur will
wilfred will fred
william bill will billy willie liam willy wilhelm guillermo
winifred winnie fred
winston win
yolanda yoli
yvonne vonnie
zachary zach zack zachariah zac
"""


_NONE: frozenset[str] = frozenset()


def _table() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """For every name all that share a group with it, and of those its usual forms or its nicknames."""
    others: dict[str, set[str]] = {}
    close: dict[str, set[str]] = {}
    for line in filter(None, _GROUPS.split("\n")):
        usual, *nicknames = line.split()
        close.setdefault(usual, set()).update(nicknames)
        for name in nicknames:
            close.setdefault(name, set()).add(usual)
        for name in (usual, *nicknames):
            others.setdefault(name, set()).update({usual, *nicknames} - {name})
    return _frozen(others), _frozen(close)


def _frozen(table: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(names) for name, names in table.items()}


_OTHERS, _CLOSE = _table()


def other_names(name: str) -> frozenset[str]:
    """The folded names this folded name may stand for on a roster; empty for most."""
    return _OTHERS.get(name, _NONE)


def close_names(name: str) -> frozenset[str]:
    """Of those, the usual forms of a nickname and the nicknames of a usual form, but not one nickname for another."""
    return _CLOSE.get(name, _NONE)
