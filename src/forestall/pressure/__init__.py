"""Who could have moved whom: what outsiders hold, how threats fared, what a guarantor's word was worth."""
