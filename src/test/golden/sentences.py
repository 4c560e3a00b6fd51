"""The sentences behind the golden files, written for this purpose: three topics, a dozen or so rows each."""

LABELS = ["food", "travel", "weather"]

ROWS = [
    ("The soup was warm and the bread was fresh from the oven.", "food"),
    ("Our train left the station ten minutes late.", "travel"),
    ("Heavy rain is expected along the coast tonight.", "weather"),
    ("She added a pinch of salt and two cups of flour.", "food"),
    ("The ferry to the island takes about an hour.", "travel"),
    ("Clear skies, light wind.", "weather"),
    ("A slice of lemon makes the fish taste better.", "food"),
    ("We booked a room with a view of the harbour and stayed for three nights.", "travel"),
    ("Snow fell on the hills before sunrise, and the road was closed.", "weather"),
    ("The cook stirred the sauce slowly until it was thick.", "food"),
    ("Take the second street on the left, then cross the bridge.", "travel"),
    ("It will be cold and dry until the weekend.", "weather"),
    ("Fresh apples, honey and oats.", "food"),
    ("The bus stops near the museum.", "travel"),
    ("Fog covered the valley in the morning, but by noon the sun had burned it away.", "weather"),
    ("He baked a cake with plums from the garden for her birthday.", "food"),
    ("My suitcase did not arrive with the flight from the capital.", "travel"),
    ("A storm from the west brings thunder and hail.", "weather"),
    ("Tea or coffee?", "food"),
    ("The guide spoke four languages and knew every corner of the old town.", "travel"),
    ("Sunny.", "weather"),
    ("The rice was too dry and the beans were cold when the waiter brought them.", "food"),
    ("We walked along the river to the castle and came back by boat.", "travel"),
    ("The temperature drops below zero after midnight.", "weather"),
    ("Grill the peppers, peel them and cut them into thin strips.", "food"),
    ("Passports are checked at the border.", "travel"),
    ("Strong winds closed the airport and broke branches in the park.", "weather"),
    ("This cheese goes well with pears.", "food"),
    ("Two tickets to the mountains, please, one way.", "travel"),
    ("The forecast says showers in the north and sunshine in the south.", "weather"),
    ("A bowl of noodles with garlic and chili costs less than a sandwich.", "food"),
    ("The night train has beds, but bring your own water.", "travel"),
    ("It has not rained here for forty days.", "weather"),
    ("Melt the butter, whisk in the eggs, and pour the mixture over the potatoes.", "food"),
    ("Our plane landed early.", "travel"),
    ("The humid air made the afternoon feel hotter than it was.", "weather"),
    ("The market sells olives by the kilo.", "food"),
    ("They drove through the desert for two days without seeing another car.", "travel"),
    ("Lightning struck the tower twice last summer.", "weather"),
    ("Soup again!", "food"),
]

#: Rows for the logits: (text, text2 or None). Unequal lengths, pairs, an empty text, accents, capitals, characters that no vocabulary has,
#: the name of a special token, blanks of several kinds, and a text far beyond 512 tokens.
TEXTS = [
    ("The bread was fresh.", None),
    ("Sun", None),
    ("", None),
    ("A storm closed the airport, and the train to the coast left two hours late; we had tea and cake at the station.", None),
    ("The soup was cold.", "It will be cold and dry."),
    ("Passports", "The ferry to the island takes about an hour, and the night train has beds."),
    ("CRÈME BRÛLÉE  costs\t5 €, naïve café…", None),
    ("雨 rain 🌧 don't [MASK] <mask> stop-start_it", "Where? Here!"),
    (" ".join(text for text, _ in ROWS), None),
    (" ".join(text for text, _ in ROWS[:20]), " ".join(text for text, _ in ROWS[20:])),
]

#: Pairs that have to be cut at a small length: the longer text loses tokens first.
PAIRS = [
    ("Fresh apples, honey and oats.", "Sunny."),
    ("Tea?", "The temperature drops below zero after midnight."),
    ("Our plane landed early.", "This cheese goes well with pears."),
    ("Two tickets to the mountains, please, one way.", "Two tickets to the mountains, please, one way."),
]
