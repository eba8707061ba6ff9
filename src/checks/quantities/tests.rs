//! The two sides of pairs whose quantities are equal, and of pairs where one is lost or changed.

use super::super::tests::{ids, rows};
use super::*;
use crate::text::Lang;

/// Pairs that say the same in other words, units or figures.
const SAME: &str = r#"
it-en costa 97 milioni, dodici in più | it costs 97 million, twelve million more
it-en almeno 3 mila gli arresti | at least 3,000 arrests
it-pt almeno 3 mila gli arresti | ao menos 3 mil prisões
it-en un milione e mezzo di euro | 1.5 million euros
it-en un milione e mezzo di euro | one and a half million euros
it-en due metri e mezzo | 2.5 metres
it-en otto e mezzo | 8½
it-en mezzo milione | 500,000
it-en con l’81,5 per cento | with 81.5%
it-en 1.234,5 metri | 1,234.5 metres
it-fr 10.000 persone | 10 000 personnes
it-en lo scorso gennaio | last January
en-pt The hotel has thirty rooms | O hotel tem trinta quartos
en-es It took thirty seconds | Tardó treinta segundos
en-fr May saw record sales | Mai a vu des ventes record
de-en Mai war ein kalter Monat | May was a cold month
es-it Llame al 912 345 678 | Chiami il 912 345 678
es-it miles de millones de dólares | miliardi di dollari
it-fr venti di 40 mph (pari a 64 km/h) | des vents de 64 km/h
en-pt the eighteenth hole | o décimo oitavo buraco
it-en il 20/11/2022 | on November 20, 2022
it-en il 20 novembre 2022 alle 17.30 | at 5:30 p.m. on 20 November 2022
it-en alle ore 17 | at 5 pm
fr-de à 17h30 | um 17.30 Uhr
it-en una dozzina di persone | about 12 people
it-en negli anni ’90 | in the 1990s
it-en negli anni novanta | in the nineties
it-en nel XIX secolo | in the 19th century
it-en nell’Ottocento | in the 19th century
it-en nell’Ottocento | in the 1800s
it-en entrambi i Paesi | the two countries
de-en zweihundertachtunddreißig Tote | 238 dead
fr-en quatre-vingt-onze ans | 91 years
es-en 2.000 millones de dólares | $2 billion
it-en 69 anni | 69-year-old
it-en tremila euro | €3,000
it-de giovedì 3 marzo | Donnerstag, 3. März
it-pt giovedì | quinta-feira
en-pt Tue Feb 11, 2020 | Terça-feira, 11 de fevereiro de 2020
en-pt Open Mon-Thurs | Aberto de seg. a qui.
en-pt Open Mon-Thurs | Aberto de segunda-feira a quinta-feira
en-it Wed, 16 Oct 2019 | mer 16 ott 2019
en-it The Sun, 12 March 2019 | The Sun, 12 marzo 2019
it-en la versione 1.2.3 | version 1.2.3
it-en Luigi XIV | Louis XIV
it-en la seconda guerra mondiale | World War II
it-en migliaia di persone | thousands of people
it-en due dozzine di premi | two dozen prizes
it-en il figlio sedicenne | the 16-year-old son
it-en due/tre milioni di anni | two million to three million years
it-en negli ultimi trent’anni | in the last three decades
en-pt about 645 miles (1040 km) | cerca de 1040 km
en-pt 3,000 miles | 4.800 km
it-en con venti forti | with high winds
fr-en il y a quinze jours | a fortnight ago
it-en dopo una settimana | after seven days
en-es on 9/11 | el 11 de septiembre
es-fr el siglo XIX | le XIXe siècle
it-en i due si sono visti | they met
it-de alle sette e mezza | um halb acht
it-en il terzo trimestre | the third quarter
it-en un comune su cinque | 20% of the towns
es-pt una protesta el 7 de junio | um protesto em 7 de junho
it-en costò una trentina di milioni di euro | it cost some 30 million euros
fr-en une vingtaine de millions de vues | some 20 million views
de-it zwei Dutzend Leute | circa venti persone
es-en una veintena de miles de personas | about 20,000 people
it-en sale dello 0,1% | it rose 0.1 percentage points
it-en 0,5 punti percentuali | 0.5%
en-it 104 °F in the shade | 40 gradi all’ombra
en-it 104 degrees Fahrenheit | 40 gradi
en-it 104 degrees Fahrenheit | 40 gradi Celsius
en-it 9/11 changed everything | l’11 settembre ha cambiato tutto
it-en nella notte tra sabato e domenica | in the early hours of Sunday
fr-en dans la nuit de samedi à dimanche | on Saturday night
es-en subió dos décimas | it rose 0.2 percentage points
en-it Three women work on 7 ships | Tre donne lavorano su 7 navi
en-fr 3 hours on 5 boats | 3 heures sur 5 bateaux
en-pt a protest in seven cities | um protesto em sete cidades
en-es one of the 7 detainees | uno de los 7 detenidos
en-it a book about three brothers | un libro su tre fratelli
en-fr 783,562 square kilometres (300,948 sq mi) | 783 562 kilomètres carrés
en-pt about 36 pounds (16kg) on Io | cerca de 16 kg em Io
en-pt winds of 40 mph (64 kph) | ventos de 65 km/h
it-en un quinto dei comuni | a fifth of the towns
it-de due terzi | zwei Drittel
fr-en trois fois moins | a third of it
de-en verzehnfacht | by a factor of ten
en-it to halve the lists | ridurre le liste della metà
es-en cuatro décimas menos | down 0.4 points
de-en anderthalb Jahre | a year and a half
de-en anderthalb Jahre | eighteen months
fr-en n'a tenu qu'une heure et demie | lasted 90 minutes
fr-it deux ans et demi | trenta mesi
it-en tre quarti d’ora | 45 minutes
en-de half an hour later | eine halbe Stunde später
en-de half an hour later | 30 Minuten später
it-en 18,6 milioni di euro | €18.6m
fr-en 50.000 dollars | $50k
fr-en à 19,08 milliards d'euros | at €19.08bn
it-en sopra gli 800 metri | above 800m
it-en 2 milioni di persone | 2m people
it-en 36.872 milioni | almost 36.9bn
it-en un contratto triennale | a three-year contract
de-en ein dreijähriger Vertrag | a three-year contract
it-en per il primo anno | for the first year
it-en ventiquattr'ore | 24 hours
it-en quarantott'ore | 48 hours
it-en quattro anni e sei mesi | four and a half years
it-en quattro anni e sei mesi | four years and six months
it-pt costerà 2 euro e 20 | custará 2,20 euros
it-en di un quarto di punto | by 25 basis points
pt-en afeta de 3% a 5% das crianças | it affects 3 to 5 percent of children
de-en ein dreirädriges Fahrzeug | a three-wheeled vehicle
en-fr a triad of symptoms | les trois symptômes
pt-en em meio ponto percentual | by 50 basis points
it-en fino a mezzo metro | as much as 50 centimetres
it-en nel terzo trimestre | in the three months to September
en-de in the six months to the end of June | im ersten Halbjahr
de-en ein Vierteljahrhundert | a quarter of a century
de-en ein Vierteljahrhundert | 25 years
de-en Mitte der Siebzigerjahre | in the mid-1970s
it-pt da un ventennio | há duas décadas
es-en 1,2 toneladas | 1,200 kilos
pt-en em doze meses | annual inflation
fr-en avant-hier | two days ago
de-en alle zwei Wochen | every other week
pt-en um apartamento de três quartos | a three-bedroom flat
en-es a quarter of a million pounds | 250.000 libras
de-en eine Viertelmillion | a quarter of a million
es-en durará mes y medio | it will last six weeks
en-de a day earlier | 24 Stunden früher
it-en dalle nove meno dieci alle undici | from ten to nine until eleven
it-pt nel primo semestre | nos primeiros seis meses
it-pt né lunedì né mercoledì | nem na segunda nem na quarta
pt-en R$ 1,3 bilhão | 1.3 billion reais
it-en ha vinto quattro a uno | won 4-1
it-en fare quattro passi | to take a walk
it-en in piazza Venti Settembre | in Piazza XX Settembre
it-es 1,2 GW | 1.200 megavatios
en-fr a 9-pound weight | un poids de 9 livres
de-pt 300 Quadratkilometer | 300 km²
en-de CHF 20 | 20 Franken
it-en nel 2020 l’azienda | in 2020 the company
it-en erano 12 gradi sotto zero | it was −12 degrees
es-fr unos 12 grados bajo cero | quelque moins 12 degrés
it-en almeno 12 gradi, più o meno | at least 12 degrees
de-en in Q3 | in the third quarter
it-en a Ferragosto | in mid-August
it-en tra il 4 e il 6 marzo, 87 alunni e sei insegnanti | between 4 and 6 March, 87 pupils and six teachers
it-en dal tre al cinque giugno | from June 3 to 5
de-en am 3., 4. und 5. Mai | on 3, 4 and 5 May
en-fr from June 3 to 5 | du trois au cinq juin
it-en ne ha segnati due il 6 marzo | he scored two on March 6
it-en Erano in 4. Il 6 marzo partì. | There were four of them. On March 6 he left.
de-it zwischen dem 3. und dem 5. Mai | tra il 3 e il 5 maggio
it-en il 4 marzo 20 persone | on March 4 twenty people
"#;

#[test]
fn the_same_said_otherwise() {
    for (from, to, cells) in rows(SAME) {
        let [source, target] = cells[..] else {
            panic!("{cells:?}");
        };
        assert_eq!(
            messages(from, to, source, target),
            [""; 0],
            "{source} | {target}"
        );
    }
}

/// What is told of each pair.
const CHANGED: &str = r#"
it-en almeno 3 mila gli arresti | at least 300 arrests | "3 mila" (3,000) became "300"
it-en Con oltre l’81 per cento dei consensi | With more than the votes | "81 per cento" has no counterpart
it-en 800 milioni di euro, 20 case | 800 million euros, houses | "20" has no counterpart
it-en otto anni e sei mesi | eight and a quarter years | "sei mesi" (6) has no counterpart
it-en nel 2019 | in the year | "2019" has no counterpart
it-en nell’anno | in 2019 | "2019" is not in the source
it-en lo scorso gennaio | last June | "gennaio" became "June"
it-en giovedì | on Tuesday | "giovedì" became "Tuesday"
it-en 100 euro | 100 dollars | "100 euro" is in euros, "100 dollars" in dollars
it-en 105 miglia (165 km) | 105 kilometres (165 km) | "105 miglia" is in miles, "105 kilometres" in kilometres
it-en il 5 per cento | 5 of them | "5 per cento" has lost its percent
it-en 1.234,5 km | 1.234,5 km | "1.234,5" is not how English writes this number
it-en un’area di 3.136 metri | an area of 3.136 metres | "3.136 metri" (3,136) became "3.136 metres" (3.136)
it-en i pezzi sono 3.136 | the pieces are 3.136 | "3.136" (3,136) became "3.136" (3.136)
it-en 3.000 euro | 3.000 euros | "3.000 euro" (3,000) became "3.000 euros" (3)
it-en alle 17:30 | at 6:30 pm | "17:30" became "6:30 pm"
it-en sette persone | five people | "sette" (7) became "five" (5)
it-en migliaia | hundreds | "migliaia" became "hundreds"
it-en un terzo dei voti | a quarter of the votes | "un terzo" became "a quarter"
it-en è raddoppiato | it has tripled | "raddoppiato" became "tripled"
it-en dieci volte più che dieci anni fa | twice as much as ten years ago | "dieci volte" became "twice"
it-en nel primo trimestre | in the second quarter | "primo" (1) became "second" (2)
it-en mezzo punto | one point | "mezzo" (0.5) has no counterpart
it-en l’altro ieri | yesterday | "altro ieri" became "yesterday"
it-en alle sei di sera | at 6 a.m. | "sei di sera" became "6 a.m"
it-en vince 4-1 con due gol | wins 4-2 with two goals | "1" became "2"
it-en 100 dollari | 100 reais | "100 dollari" is in dollars, "100 reais" in reais
it-en negli anni Settanta | back then | "Settanta" (70) has no counterpart
it-en previste a novembre, anticipate al 20 settembre | planned for September, brought forward to November 20 | "20" belongs to another month in the translation
de-en 300 GWh | 300 MWh | "300 GWh" is in gigawatt hours, "300 MWh" in megawatt hours
fr-it 5 mg de sel | 5 µg di sale | "5 mg" is in milligrams, "5 µg" in micrograms
es-pt 30 libras esterlinas | 30 euros | "30 libras esterlinas" is in pounds sterling, "30 euros" in euros
en-fr 12 square miles | 12 milles | "12 square miles" is in square miles, "12 milles" in miles
pt-de a quatro anos-luz | in vier Jahren | "quatro anos-luz" is in light years, "vier Jahren" in years
it-en -12 gradi | 12 degrees | "12" is below zero in the source alone
en-de 12 degrees | 12 Grad unter null | "12" is not below zero in the source
fr-it au T3 | nel quarto trimestre | "T3" (3) became "quarto" (4)
pt-en de 10 a 15 casas | from 15 to 10 houses | "10 a 15" became "15 to 10"
it-en tra il 4 e il 6 marzo sei insegnanti e cinque alunni | on March 4 and 5 six teachers and five pupils | the day "6" has no counterpart
it-en nel luglio 1937 e nel dicembre 1944 | in July 1944 and December 1937 | "luglio" belongs to another year in the translation
"#;

#[test]
fn what_is_lost_or_changed_is_named() {
    for (from, to, cells) in rows(CHANGED) {
        let [source, target, expected] = cells[..] else {
            panic!("{cells:?}");
        };
        assert_eq!(messages(from, to, source, target), [expected]);
    }
}

#[test]
fn languages_without_number_words_keep_their_digits() {
    let sv: Lang = "sv".parse().unwrap();
    assert_eq!(
        ids(
            Lang::EN,
            sv,
            "In 2019 he won twelve times.",
            "År 2019 vann han tolv gånger."
        ),
        [""; 0]
    );
    let mut found = Vec::new();
    check(
        &Side::new("In 2019", Lang::EN),
        &Side::new("År 2018", sv),
        &mut found,
    );
    assert_eq!(found.len(), 1);
}

fn messages(from: Lang, to: Lang, source: &str, target: &str) -> Vec<String> {
    let mut found = Vec::new();
    check(&Side::new(source, from), &Side::new(target, to), &mut found);
    found.into_iter().map(|finding| finding.message).collect()
}
